import { setTimeout as sleep } from "node:timers/promises";
import type WebSocket from "ws";
import { percentile } from "../statistics";
import type { Measured, RateJob } from "./job";
import { listen } from "./socket";

/** Frames kept in flight on each connection, one at a time, for a while. */
export async function measureRate(job: RateJob, sockets: WebSocket[]): Promise<Measured> {
  const frame = job.dial.frames[job.action];
  const latencies: number[] = [];
  let measuring = false;
  let stopped = false;
  let failed = 0;
  let failure: string | undefined;

  for (const socket of sockets) {
    let sentAt = 0;
    const send = () => {
      if (stopped) return;
      sentAt = performance.now();
      socket.send(frame.text);
    };
    listen(socket, frame, {
      answered: () => {
        if (measuring) latencies.push(performance.now() - sentAt);
        send();
      },
      failed: (text) => {
        if (stopped) return;
        failed += 1;
        failure ??= text;
        if (socket.readyState === socket.OPEN) send();
      },
    });
    send();
  }

  await sleep(job.warmUpSeconds * 1000);
  measuring = true;
  const begun = performance.now();
  await sleep(job.seconds * 1000);
  measuring = false;
  const seconds = (performance.now() - begun) / 1000;
  stopped = true;
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
