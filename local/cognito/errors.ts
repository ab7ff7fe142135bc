/** An answer that is an error of the service: the name and message that AWS's clients see. */
export class CognitoError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = code;
  }
}

export const notAuthorized = (message: string) =>
  new CognitoError("NotAuthorizedException", message);

export const invalidParameter = (message: string) =>
  new CognitoError("InvalidParameterException", message);

export const resourceNotFound = (message: string) =>
  new CognitoError("ResourceNotFoundException", message);

export const userNotFound = (message = "User does not exist.") =>
  new CognitoError("UserNotFoundException", message);

/** Wrong password and, where the client hides who exists, unknown user alike. */
export const wrongPassword = () => notAuthorized("Incorrect username or password.");

export const codeMismatch = () =>
  new CognitoError(
    "CodeMismatchException",
    "Invalid verification code provided, please try again.",
  );

export const codeExpired = () =>
  new CognitoError("ExpiredCodeException", "Invalid code provided, please request a code again.");

export const limitExceeded = () =>
  new CognitoError("LimitExceededException", "Attempt limit exceeded, please try after some time.");
