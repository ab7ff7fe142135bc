/** Errors of the service itself, not of a function, by AWS's names. */
class LambdaError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** @param arn of what was asked for. */
export function notFound(arn: string): Error {
  return new LambdaError("ResourceNotFoundException", `Function not found: ${arn}`);
}

export function tooManyRequests(): Error {
  return new LambdaError("TooManyRequestsException", "Rate Exceeded.");
}

/** @param limit in bytes. */
export function requestTooLarge(bytes: number, limit: number): Error {
  return new LambdaError(
    "RequestTooLargeException",
    `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${limit} bytes)`,
  );
}
