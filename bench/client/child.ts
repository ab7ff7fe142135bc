import { measureBurst } from "./burst";
import type { ClientAnswer, Job, Measured } from "./job";
import { measureRate } from "./rate";
import { open } from "./socket";

/** A client in a process of its own, so that what it measures has a core to itself. */
async function main(job: Job): Promise<Measured> {
  const { dial, connections } = job;
  if (dial.recipient && job.action === "send") {
    const [recipient] = await open(dial, dial.recipient, 1);
    recipient!.on("error", () => undefined);
  }
  const sockets = await open(dial, dial.headers, connections);
  return job.kind === "rate" ? await measureRate(job, sockets) : await measureBurst(job, sockets);
}

process.once("message", (job: Job) => {
  void main(job)
    .then((measured): ClientAnswer => ({ measured }))
    .catch((error: Error): ClientAnswer => ({ error: error.message }))
    .then((answer) => process.send!(answer));
});
process.once("disconnect", () => process.exit());
