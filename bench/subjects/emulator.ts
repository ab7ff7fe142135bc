import { deployedTarget } from "../../test/deploy/deployedTarget";
import { findPrerequisites } from "../../test/deploy/prerequisites";
import { setUp } from "../../test/deploy/setup";
import { dialTarget, type Subject } from "./subject";

/** As much as the settings take. */
const noLimit = 1_000_000;

/** What there must be for {@link startEmulatedStack} and is not, in words. */
export function missingForEmulator(): string[] {
  return findPrerequisites().missing;
}

/** The stack dev, deployed by Pulumi to an emulator of AWS that is not ours, as `npm run test:deploy` has it. */
export async function startEmulatedStack(): Promise<Subject> {
  const setup = await setUp("bench");
  try {
    const deployment = await setup.deploy("dev", {
      throttleRateLimit: noLimit,
      throttleBurstLimit: noLimit,
      autoConfirmUsers: true,
      passwordSignIn: true,
    });
    // On a busy machine the provider may not wait for an answer, and fail when it repeats what was done by then.
    await deployment.up().catch(() => deployment.up());
    const dial = await dialTarget(await deployedTarget(deployment, []));
    // The emulator goes with all that it holds; destroying the stack first would take minutes.
    return { key: "emulator", name: "stack on the emulator", dial, close: () => setup.close() };
  } catch (error) {
    await setup.close();
    throw error;
  }
}
