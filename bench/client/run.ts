import * as path from "node:path";
import { end, nextMessage, startModule } from "../processes";
import type { ClientAnswer, Job, Measured } from "./job";

/** @throws Error if the client cannot connect. */
export async function runClient(job: Job): Promise<Measured> {
  const child = startModule(path.join(__dirname, "child.ts"));
  try {
    child.send(job);
    const answer = await nextMessage<ClientAnswer>(child);
    if ("error" in answer) {
      throw new Error(answer.error);
    }
    return answer.measured;
  } finally {
    // Its connections close with it.
    await end(child);
  }
}
