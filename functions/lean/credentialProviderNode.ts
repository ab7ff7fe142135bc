import { roleCredentials, type Credentials } from "../domain/roleCredentials";

/**
 * In place of `@aws-sdk/credential-provider-node`: Lambda gives a function its role's credentials in the
 * environment, so SSO, profiles, processes and metadata services, with the clients they bring, are dead weight.
 */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => roleCredentials();
}
