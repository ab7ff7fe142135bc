import { CognitoError } from "./errors";
import type { Pool } from "./pool";

/** How a pool reaches its functions: the part of the local Lambda service that it needs. */
export interface TriggerInvoker {
  invoke(
    functionArnOrName: string,
    event: unknown,
    caller: { service: string; sourceArn: string },
  ): Promise<{ payload: unknown } | { functionError: { errorType: string; errorMessage: string } }>;
}

export interface PreSignUpRequest {
  source: "PreSignUp_SignUp" | "PreSignUp_AdminCreateUser";
  username: string;
  /** The calling app client; administrators have none. */
  clientId?: string;
  userAttributes: Record<string, string>;
  validationData?: Record<string, string>;
  clientMetadata?: Record<string, string>;
}

export interface PreSignUpAnswer {
  autoConfirmUser: boolean;
  autoVerifyEmail: boolean;
  autoVerifyPhone: boolean;
}

const NOTHING: PreSignUpAnswer = {
  autoConfirmUser: false,
  autoVerifyEmail: false,
  autoVerifyPhone: false,
};

/** Asks the pool's pre-sign-up function, if it has one, and throws where it refuses. */
export async function preSignUp(pool: Pool, request: PreSignUpRequest): Promise<PreSignUpAnswer> {
  const { preSignUp: functionArn, arn, id, region } = pool.settings;
  if (!functionArn) return NOTHING;
  const event = {
    version: "1",
    region,
    userPoolId: id,
    userName: request.username,
    callerContext: {
      awsSdkVersion: "aws-sdk-unknown-unknown",
      clientId: request.clientId ?? "CLIENT_ID_NOT_APPLICABLE",
    },
    triggerSource: request.source,
    request: {
      userAttributes: request.userAttributes,
      validationData: request.validationData ?? null,
      ...(request.clientMetadata && { clientMetadata: request.clientMetadata }),
    },
    response: NOTHING,
  };
  const result = await invoke(pool, functionArn, event, arn);
  if ("functionError" in result) {
    throw new CognitoError(
      "UserLambdaValidationException",
      `PreSignUp failed with error ${result.functionError.errorMessage}.`,
    );
  }
  return readAnswer(result.payload, request.userAttributes);
}

async function invoke(pool: Pool, functionArn: string, event: unknown, sourceArn: string) {
  try {
    const caller = { service: "cognito-idp.amazonaws.com", sourceArn };
    return await pool.lambda.invoke(functionArn, event, caller);
  } catch (error) {
    const { name, message } = error as Error;
    pool.log(`cognito: the pre-sign-up function could not be invoked: ${name}: ${message}`);
    throw new CognitoError(
      "UnexpectedLambdaException",
      `PreSignUp invocation failed due to error ${name}.`,
    );
  }
}

function readAnswer(payload: unknown, attributes: Record<string, string>): PreSignUpAnswer {
  const response = (payload as { response?: Record<string, unknown> } | null)?.response;
  if (typeof response !== "object" || response === null) {
    throw new CognitoError("InvalidLambdaResponseException", "Unrecognizable lambda output");
  }
  const flag = (name: keyof PreSignUpAnswer) => {
    const value = response[name] ?? false;
    if (typeof value === "boolean") return value;
    throw new CognitoError("InvalidLambdaResponseException", "Unrecognizable lambda output");
  };
  const answer = {
    autoConfirmUser: flag("autoConfirmUser"),
    autoVerifyEmail: flag("autoVerifyEmail"),
    autoVerifyPhone: flag("autoVerifyPhone"),
  };
  // AWS fails a sign-up whose function verifies an attribute that the user does not have.
  if (
    (answer.autoVerifyEmail && !attributes.email) ||
    (answer.autoVerifyPhone && !attributes.phone_number)
  ) {
    throw new CognitoError(
      "InvalidLambdaResponseException",
      "PreSignUp verified an attribute that the user does not have.",
    );
  }
  return answer;
}
