import { SQSClient } from "@aws-sdk/client-sqs";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Graph, type Resource } from "../../local/graph";
import { Iam } from "../../local/iam";
import { createSqs, type Sqs } from "../../local/sqs";
import type { Clock } from "../../local/sqs/clock";
import { account, resource, role, roleArn, temporaryFolder } from "./iamFixture";

export const queueArn = (name: string): string => `arn:aws:sqs:eu-west-1:${account}:${name}`;

export function queueResource(
  endpoint: string,
  name: string,
  inputs: Record<string, unknown> = {},
): Resource {
  const url = `${endpoint}/${account}/${name}`;
  const outputs = { url, name, arn: queueArn(name) };
  return { ...resource("aws:sqs/queue:Queue", name, { name, ...inputs }, outputs), id: url };
}

/** Lets the role do what the queues offer, or only the given actions. */
export function sqsPolicy(actions: string[] = ["sqs:*"]): Resource {
  return resource("aws:iam/rolePolicy:RolePolicy", "queues", {
    role: "handlers",
    policy: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: actions, Resource: "arn:aws:sqs:*" }],
    },
  });
}

/** A time that stands still until a test lets it pass. */
export class ManualClock implements Clock {
  private time = Date.now();
  private readonly timers = new Set<{ due: number; call: () => void }>();

  now(): number {
    return this.time;
  }

  after(milliseconds: number, call: () => void): () => void {
    const timer = { due: this.time + milliseconds, call };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  advance(seconds: number): void {
    this.time += seconds * 1000;
    for (const timer of [...this.timers].sort((a, b) => a.due - b.due)) {
      if (timer.due <= this.time && this.timers.delete(timer)) timer.call();
    }
  }
}

export interface SqsFixture {
  sqs: Sqs;
  graph: Graph;
  iam: Iam;
  client: SQSClient;
  endpoint: string;
  folder: string;
  lines: string[];
  clock: ManualClock;
  url(name: string): string;
  /** Ends the service and starts another one on what it has left. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** SQS with the resources that are made for its address. */
export async function startSqs(
  make: (endpoint: string) => Resource[],
  options: { clock?: Clock } = {},
): Promise<SqsFixture> {
  const server = http.createServer((request, response) => fixture.sqs.request(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const graph = new Graph([role(), ...make(endpoint)]);
  const iam = new Iam(graph);
  const folder = temporaryFolder();
  const lines: string[] = [];
  const clock = new ManualClock();
  const start = (): Promise<Sqs> =>
    createSqs({ graph, iam, folder, log: (line) => lines.push(line), clock, ...options });
  const fixture: SqsFixture = {
    sqs: await start(),
    graph,
    iam,
    client: new SQSClient({
      region: "eu-west-1",
      endpoint,
      credentials: iam.credentialsFor(roleArn, "tester"),
      maxAttempts: 1,
    }),
    endpoint,
    folder,
    lines,
    clock,
    url: (name) => `${endpoint}/${account}/${name}`,
    async restart() {
      await fixture.sqs.close();
      fixture.sqs = await start();
    },
    async close() {
      await fixture.sqs.close();
      fixture.client.destroy();
      server.close().closeAllConnections();
      fs.rmSync(folder, { recursive: true });
    },
  };
  return fixture;
}
