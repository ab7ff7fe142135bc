import type { MessageFrame } from "../../protocol/frames";
import type { Client } from "./client";

/** What is not as promised, in words: the logs themselves, the acknowledgements, and what each client has seen. */
export function verify(clients: Client[], logs: Map<string, MessageFrame[]>): string[] {
  const problems = clients.flatMap(({ violations }) => violations);
  for (const [channel, log] of logs) {
    const expected = expectedIn(clients, channel);
    const epochs = new Set(log.map(({ epoch }) => epoch));
    if (epochs.size > 1) problems.push(`${channel} has the epochs ${[...epochs].join(", ")}`);
    log.forEach(({ offset }, i) => {
      if (offset !== i + 1) problems.push(`${channel} has offset ${offset} at place ${i + 1}`);
    });
    const stored = log.map(({ id }) => id);
    const twice = stored.filter((id, i) => stored.indexOf(id) !== i);
    if (twice.length > 0) problems.push(`${channel} holds twice: ${twice.join(", ")}`);
    const lost = [...expected].filter((id) => !stored.includes(id));
    if (lost.length > 0) problems.push(`${channel} does not hold: ${lost.join(", ")}`);
    const strange = stored.filter((id) => !expected.has(id));
    if (strange.length > 0) problems.push(`${channel} holds as well: ${strange.join(", ")}`);
  }
  for (const { plan, acks, views } of clients) {
    for (const { id } of plan.messages) {
      const ack = acks.get(id);
      const log = ack && logs.get(ack.channel);
      if (!ack) problems.push(`${id} was never acknowledged`);
      else if (log && log[ack.offset - 1]?.id !== id) {
        problems.push(`${id} was acknowledged at ${ack.channel} ${ack.offset}, and is not there`);
      }
    }
    for (const [channel, { seen }] of views) {
      const log = logs.get(channel)!;
      const same = log.every(({ id, from, epoch }, i) => {
        const message = seen[i];
        return message?.id === id && message.from === from && message.epoch === epoch;
      });
      if (same && seen.length === log.length) continue;
      problems.push(
        `${plan.name} saw ${seen.length} of the ${log.length} in ${channel}, or others`,
      );
    }
  }
  return problems;
}

/** The ids of the messages that belong into a room, or into the inbox of whoever sent or was sent them. */
function expectedIn(clients: Client[], channel: string): Set<string> {
  return new Set(
    clients.flatMap(({ plan }) =>
      plan.messages
        .filter((message) => message.channel === channel || isSent(message.channel, plan.user))
        .map(({ id }) => id),
    ),
  );

  function isSent(target: string, user: string): boolean {
    return target.startsWith("user:") && channel === `user:${user}`;
  }
}
