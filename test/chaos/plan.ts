import { pick, type Chance } from "./chance";

export interface PlannedMessage {
  id: string;
  channel: string;
  body: unknown;
}

/** A device: its user, what it subscribes to beside the user's inbox, and what it sends, in this order. */
export interface PlannedClient {
  /** The session key. */
  name: string;
  user: string;
  rooms: string[];
  messages: PlannedMessage[];
}

/** The namespace of the rooms. Its history outlasts the run, so that nothing is ever out of reach. */
export const namespaces = {
  chaos: {
    subscribe: ["authenticated"],
    publish: ["authenticated"],
    history: { seconds: 86_400 },
    presence: true,
    events: true,
  },
};

/** Part of the messages that go to a user; the others go to a room. */
const direct = 0.3;

/** Chance that a client is in a room other than its first. */
const sociable = 0.5;

/** Who is there and what they send. A third of the users has two devices. */
export function plan(chance: Chance, clients: number, messages: number): PlannedClient[] {
  const users = range(Math.ceil(clients * 0.75)).map((i) => `user-${i}`);
  const rooms = range(Math.max(2, Math.round(clients / 5))).map((i) => `chaos:room-${i}`);
  const planned = range(clients).map((i): PlannedClient => ({
    name: `client-${i}`,
    user: users[i % users.length]!,
    rooms: rooms.filter((room, r) => r === i % rooms.length || chance("in", i, room) < sociable),
    messages: [],
  }));
  for (const i of range(messages)) {
    const isDirect = chance("direct", i) < direct;
    const target = chance("target", i);
    const channel = isDirect ? `user:${pick(users, target)}` : pick(rooms, target);
    const body = { text: "x".repeat(Math.floor(chance("size", i) * 200)), number: i };
    pick(planned, chance("sender", i)).messages.push({ id: `message-${i}`, channel, body });
  }
  return planned;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
