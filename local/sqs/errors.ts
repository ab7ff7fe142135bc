/**
 * An error as SQS answers it. The model of the API gives a modelled error two names: the type of its JSON
 * protocol, and the code of the older query protocol, which clients get to see for all others.
 */
export class SqsError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly queryCode = `AWS.SimpleQueueService.${type}`,
    readonly status = 400,
  ) {
    super(message);
    this.name = type;
  }
}

export function queueDoesNotExist(): SqsError {
  return new SqsError(
    "QueueDoesNotExist",
    "The specified queue does not exist.",
    "AWS.SimpleQueueService.NonExistentQueue",
  );
}

export function receiptHandleIsInvalid(handle: string): SqsError {
  return new SqsError(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
    "ReceiptHandleIsInvalid",
    404,
  );
}

export function purgeInProgress(name: string): SqsError {
  return new SqsError(
    "PurgeQueueInProgress",
    `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
    undefined,
    403,
  );
}

export function invalidParameter(message: string): SqsError {
  return new SqsError("InvalidParameterValueException", message, "InvalidParameterValue");
}

export function invalidValue(value: unknown, parameter: string, reason: string): SqsError {
  return invalidParameter(
    `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}

export function missingParameter(parameter: string): SqsError {
  return new SqsError(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${parameter}.`,
    "MissingParameter",
  );
}
