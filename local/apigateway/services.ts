import type { JsonWebKey } from "node:crypto";
import type { Faults } from "../faults";
import { Limits } from "./limits";
import { TokenBucket } from "./throttle";

/** Who invokes a function, as `aws:lambda/permission:Permission` conditions on it. */
export interface Caller {
  service: string;
  sourceArn: string;
}

export type InvokeResult =
  | { payload: unknown }
  | { functionError: { errorType: string; errorMessage: string; trace?: string[] } };

/** What API Gateway needs of Lambda. */
export interface Invoker {
  invoke(functionArnOrName: string, event: unknown, caller: Caller): Promise<InvokeResult>;
}

/** What API Gateway needs of IAM: throws when the key is unknown or its role does not allow the action. */
export interface Authorizer {
  authorize(accessKeyId: string, action: string, resourceArn: string): void;
}

/** The public keys of a token issuer. */
export type KeySource = (issuer: string) => Promise<{ keys: JsonWebKey[] }>;

/** What all APIs share. */
export interface Services {
  lambda: Invoker;
  iam: Authorizer;
  keys: KeySource;
  log: (line: string) => void;
  limits: Limits;
  /** The request throttle of the account and Region. */
  account: TokenBucket;
  /** The throttle of new WebSocket connections of the account and Region. */
  newConnections: TokenBucket;
  faults: Faults;
}
