import type { Target } from "../../test/e2e/target";
import { newUser } from "../../test/e2e/users";
import type { Action, Dial, Frame } from "../client/job";

/** A server that answers frames. */
export interface Subject {
  /** For figures, such as `localRun`. */
  key: string;
  /** For readers. */
  name: string;
  dial: Dial;
  /** The process whose memory counts, if it is one on this machine. */
  pid?: number;
  close(): Promise<void>;
}

const body = { text: "Hello, how are you?" };

/** The frames of the protocol; messages go to that user. */
export function protocolFrames(username: string): Record<Action, Frame> {
  return {
    ping: { text: '{"action":"ping"}', answer: '"type":"pong"' },
    echo: { text: JSON.stringify({ action: "echo", body }), answer: '"type":"echo"' },
    send: {
      text: JSON.stringify({ action: "send", channel: `user:${username}`, body }),
      answer: '"type":"ack"',
    },
  };
}

/** How to reach a stack: as one user who sends to another, both new. */
export async function dialTarget(target: Target): Promise<Dial> {
  const sender = await newUser(target, "bench-sender");
  const recipient = await newUser(target, "bench-recipient");
  const headersOf = (token: string) => ({
    ...target.originHeaders,
    authorization: `Bearer ${token}`,
  });
  return {
    url: target.webSocketUrl,
    headers: headersOf(sender.access),
    frames: protocolFrames(recipient.username),
    recipient: headersOf(recipient.access),
  };
}
