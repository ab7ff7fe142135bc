import type { Faults, PostFault } from "../../local/faults";
import { pick, type Chance } from "./chance";

/** Chances: of a kill an event, of an answer a post, of a drop a `$disconnect`. */
export interface Rates {
  kill: number;
  answers: Record<PostFault["status"], number>;
  drop: number;
}

/** Where in an event the function is killed: before anything, a few milliseconds on, as it posts, with its result. */
const points = ["begun", "working", "posting", "finished"] as const;

/** Longest time from the beginning of an event to a kill while it works, in milliseconds. */
const longestWork = 15;

interface Victim {
  point: (typeof points)[number];
  frameId?: string;
  kill: () => void;
  timer?: NodeJS.Timeout;
}

/** Faults by chance, and how often each occurred. */
export function createSeededFaults(chance: Chance, rates: Rates) {
  const counts: Record<string, number> = {
    ...Object.fromEntries(points.map((point) => [`killed, ${point}`, 0])),
    ...{ "post 429": 0, "post 504": 0, "post 410": 0, "post 504, delivered": 0 },
    ...{ "$disconnect dropped": 0 },
  };
  const victims = new Map<string, Victim>();
  /** Connection to session key. */
  const sessions = new Map<string, string>();
  const times = new Map<string, number>();
  let isCalm = false;

  function count(name: string): void {
    counts[name] = (counts[name] ?? 0) + 1;
  }

  /** How often this has been so far. */
  function occurrence(key: string): number {
    const before = times.get(key) ?? 0;
    times.set(key, before + 1);
    return before;
  }

  function execute(key: string): void {
    const victim = victims.get(key);
    if (!victim) return;
    victims.delete(key);
    clearTimeout(victim.timer);
    count(`killed, ${victim.point}`);
    victim.kill();
  }

  const faults: Faults = {
    event(phase, event, kill) {
      const { requestContext: context, Records: records } = event;
      // The authorizer's event and that of $connect are of one request.
      const key = `${event.type} ${context?.requestId ?? records?.[0]?.messageId}`;
      if (phase === "finished") return execute(key);
      const session = event.queryStringParameters?.session;
      if (context?.routeKey === "$connect") sessions.set(context.connectionId, session);
      if (isCalm) return;
      const frameId = frameIdOf(event);
      const what = `${context?.routeKey} ${frameId ?? session ?? ""} ${event.type}`;
      const time = occurrence(`event ${what}`);
      if (chance("kill", what, time) >= rates.kill) return;
      const point = pick(points, chance("point", what, time));
      const victim: Victim = { point, frameId, kill };
      victims.set(key, victim);
      if (point === "begun") return execute(key);
      if (point === "working") {
        const delay = chance("delay", what, time) * longestWork;
        victim.timer = setTimeout(() => execute(key), delay);
      }
    },

    post(connectionId, data) {
      const { id, type } = JSON.parse(data);
      for (const [key, { point, frameId }] of victims) {
        if (point === "posting" && frameId === id) execute(key);
      }
      if (isCalm) return undefined;
      const what = `${id ?? type} ${sessions.get(connectionId)}`;
      const time = occurrence(`post ${what}`);
      let left = chance("post", what, time);
      for (const [text, rate] of Object.entries(rates.answers)) {
        left -= rate;
        if (left >= 0) continue;
        const status = Number(text) as PostFault["status"];
        const delivered = status === 504 && chance("delivered", what, time) < 0.5;
        count(`post ${status}${delivered ? ", delivered" : ""}`);
        return { status, delivered };
      }
      return undefined;
    },

    dropsDisconnect(connectionId) {
      const session = sessions.get(connectionId) ?? "";
      const time = occurrence(`disconnect ${session}`);
      const drops = !isCalm && chance("drop", session, time) < rates.drop;
      if (drops) count("$disconnect dropped");
      return drops;
    },
  };

  return {
    faults,
    counts,
    /** Nothing goes wrong from here on. */
    calm: () => {
      isCalm = true;
    },
  };
}

function frameIdOf({ body }: { body?: unknown }): string | undefined {
  return typeof body === "string" && body.startsWith("{") ? JSON.parse(body).id : undefined;
}
