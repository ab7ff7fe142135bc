import type WebSocket from "ws";
import { percentile } from "../statistics";
import type { BurstJob, Measured } from "./job";
import { listen } from "./socket";

/** All frames at once, spread over the connections, and the wait for their answers. */
export async function measureBurst(job: BurstJob, sockets: WebSocket[]): Promise<Measured> {
  const frame = job.dial.frames[job.action];
  const latencies: number[] = [];
  let failed = 0;
  let failure: string | undefined;
  let begun = 0;

  const answers = new Promise<void>((resolve) => {
    const settle = () => {
      if (latencies.length + failed >= job.frames) resolve();
    };
    for (const socket of sockets) {
      listen(socket, frame, {
        answered: () => {
          latencies.push(performance.now() - begun);
          settle();
        },
        failed: (text) => {
          failed += 1;
          failure ??= text;
          settle();
        },
      });
    }
    setTimeout(resolve, job.seconds * 1000).unref();
  });
  begun = performance.now();
  for (let sent = 0; sent < job.frames; sent++) {
    sockets[sent % sockets.length]!.send(frame.text);
  }
  await answers;
  const seconds = (performance.now() - begun) / 1000;
  return {
    answered: latencies.length,
    failed,
    failure,
    rate: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    seconds,
  };
}
