/** A principal may not do what it asked for. The message is worded as AWS words it. */
export class AccessDenied extends Error {
  override readonly name = "AccessDeniedException";
}

/** A request signed with an access key that nobody was given. */
export class UnrecognizedClient extends Error {
  override readonly name = "UnrecognizedClientException";

  constructor() {
    super("The security token included in the request is invalid.");
  }
}

/** A policy, role or function of the program that cannot be provisioned as it stands. */
export class InvalidPolicy extends Error {
  override readonly name = "InvalidPolicy";
}
