import type { PreSignUpTriggerEvent } from "aws-lambda";

export interface PreSignUpSettings {
  /** Confirms every new user, so that sign-up needs no code. */
  confirm: boolean;
  /** Marks the new user's e-mail address as verified. */
  verifyEmail: boolean;
}

/** The user pool's pre-sign-up trigger. */
export function createHandler(settings: PreSignUpSettings) {
  return async (event: PreSignUpTriggerEvent): Promise<PreSignUpTriggerEvent> => {
    event.response.autoConfirmUser = settings.confirm;
    // Cognito fails the sign-up when asked to verify an address that was not given.
    event.response.autoVerifyEmail =
      settings.verifyEmail && event.request.userAttributes.email !== undefined;
    return event;
  };
}
