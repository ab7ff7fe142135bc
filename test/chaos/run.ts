import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { start, type LocalRun } from "../../local/start";
import type { MessageFrame } from "../../protocol/frames";
import { createChance } from "./chance";
import { Client } from "./client";
import { namespaces, plan } from "./plan";
import { createSeededFaults, type Rates } from "./seededFaults";
import { verify } from "./verify";

export interface ChaosOptions {
  seed: number;
  messages: number;
  clients: number;
  rates: Rates & { cut: number };
  /** Seconds from the first message on in which all must have come through. */
  patience: number;
  log: (line: string) => void;
  /** Called now and then with the number of acknowledged messages. */
  progress?: (acknowledged: number) => void;
}

export interface ChaosResult {
  /** What was promised and is not so. */
  violations: string[];
  /** How often each fault occurred. */
  faults: Record<string, number>;
  /** What the clients did about it, and the extent of the run. */
  figures: Record<string, number>;
}

const password = "Correct-Horse-Battery-7";

/** More than anything here can reach: throttled frames are not what is tested. */
const noLimit = 1_000_000;

/** Sends messages through the local run while things go wrong, and compares what came with what was promised. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const chance = createChance(options.seed);
  const seeded = createSeededFaults(chance, options.rates);
  const state = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), "switchboard-chaos-"));
  const clients: Client[] = [];
  let run: LocalRun | undefined;
  try {
    run = await start({
      port: 0,
      servicesPort: 0,
      dynamoDbPort: 0,
      state,
      fresh: true,
      settings: {
        "switchboard:throttleRateLimit": noLimit,
        "switchboard:throttleBurstLimit": noLimit,
        "switchboard:namespaces": namespaces,
      },
      limits: {
        accountRate: noLimit,
        accountBurst: noLimit,
        connectionRate: noLimit,
        connectionBurst: noLimit,
      },
      faults: seeded.faults,
      log: options.log,
    });
    const tokens = new Map<string, string>();
    for (const planned of plan(chance, options.clients, options.messages)) {
      const { user } = planned;
      if (!tokens.has(user)) tokens.set(user, await tokenOf(run, user));
      const url = `${run.url.replace("http", "ws")}/ws`;
      clients.push(new Client(planned, url, tokens.get(user)!, chance));
    }
    const startedAt = performance.now();
    const deadline = startedAt + options.patience * 1000;
    const violations: string[] = [];
    const until = async (what: string, isSo: () => Promise<boolean> | boolean) => {
      while (!(await isSo())) {
        if (performance.now() < deadline) await sleep(50);
        else return void violations.push(`not within ${options.patience} s: ${what}`);
      }
    };
    await until("subscribed", () => clients.every(({ isReady }) => isReady));
    for (const client of clients) {
      client.cutRate = options.rates.cut;
      client.sendAll();
    }
    const acknowledged = () => sum(clients.map(({ acks }) => acks.size));
    await until("acknowledged", () => {
      options.progress?.(acknowledged());
      return clients.every(({ isDone }) => isDone);
    });
    const acknowledgedAt = performance.now();
    seeded.calm();
    for (const client of clients) client.cutRate = 0;
    const logs = await readLogs(run.url, clients, tokens);
    const isThere = ({ views }: Client) =>
      [...views].every(([channel, { seen }]) => seen.length >= logs.get(channel)!.length);
    await until("seen by all", () => clients.every(isThere));
    const seconds = (performance.now() - startedAt) / 1000;

    violations.push(...verify(clients, logs));
    const total = (name: keyof Client["counts"]) => sum(clients.map(({ counts }) => counts[name]));
    const views = clients.flatMap(({ views: all }) => [...all.values()]);
    return {
      violations,
      faults: {
        "connections terminated": total("terminated"),
        "connections abandoned": total("abandoned"),
        ...seeded.counts,
      },
      figures: {
        seconds,
        "seconds to the last acknowledgement": (acknowledgedAt - startedAt) / 1000,
        acknowledged: acknowledged(),
        seen: sum(views.map(({ seen }) => seen.length)),
        "duplicates dropped": sum(views.map(({ duplicates }) => duplicates)),
        connections: total("connections"),
        resends: total("resends"),
        "pages asked for gaps": total("gaps"),
      },
    };
  } finally {
    for (const client of clients) client.close();
    seeded.calm();
    await run?.close();
    fs.rmSync(state, { recursive: true, force: true });
  }
}

async function tokenOf({ cognito, outputs }: LocalRun, username: string): Promise<string> {
  const email = `${username}@example.com`;
  await cognito.ensureUser(String(outputs.userPoolId), { username, password, email });
  return (await cognito.tokensFor(String(outputs.userPoolClientId), username)).AccessToken;
}

/** Every log that a client is subscribed to, as the history over HTTP has it. */
async function readLogs(url: string, clients: Client[], tokens: Map<string, string>) {
  const logs = new Map<string, MessageFrame[]>();
  for (const { plan: planned, views } of clients) {
    for (const channel of views.keys()) {
      if (logs.has(channel)) continue;
      const messages: MessageFrame[] = [];
      for (let more = true; more;) {
        const after = messages.at(-1)?.offset ?? 0;
        const path = `/http/channels/${encodeURIComponent(channel)}/messages?after=${after}`;
        const headers = { authorization: `Bearer ${tokens.get(planned.user)}` };
        const response = await fetch(`${url}${path}`, { headers });
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
        const page = (await response.json()) as { messages: MessageFrame[]; more: boolean };
        messages.push(...page.messages);
        more = page.more;
      }
      logs.set(channel, messages);
    }
  }
  return logs;
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
