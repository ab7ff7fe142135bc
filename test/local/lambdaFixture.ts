import * as pulumi from "@pulumi/pulumi";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Graph, type Resource } from "../../local/graph";
import { Iam } from "../../local/iam";
import { createLambda, type Lambda, type LambdaOptions } from "../../local/lambda";
import {
  account,
  caller,
  permission,
  resource,
  role,
  roleArn,
  temporaryFolder,
} from "./iamFixture";

/** A function whose whole code is the given text. */
export function fn(
  name: string,
  code: string | pulumi.asset.Archive,
  overrides: Record<string, unknown> = {},
): Resource {
  const inputs = {
    name,
    role: roleArn,
    handler: "__index.handler",
    runtime: "nodejs24.x",
    timeout: 10,
    loggingConfig: { logFormat: "JSON" },
    code: typeof code === "string" ? archive({ "__index.js": code }) : code,
    ...overrides,
  };
  const arn = `arn:aws:lambda:eu-west-1:${account}:function:${name}`;
  return resource("aws:lambda/function:Function", name, inputs, { arn });
}

export function archive(files: Record<string, string>): pulumi.asset.AssetArchive {
  return new pulumi.asset.AssetArchive(
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name, new pulumi.asset.StringAsset(text)]),
    ),
  );
}

export interface LambdaFixture {
  lambda: Lambda;
  folder: string;
  lines: string[];
  /** Invokes as the API that the permissions name. */
  invoke(name: string, event?: unknown): ReturnType<Lambda["invoke"]>;
  close(): Promise<void>;
}

/** Lambda with the given functions, each of which the API may invoke. */
export async function startLambda(
  functions: Resource[],
  options: Partial<LambdaOptions> = {},
): Promise<LambdaFixture> {
  const permissions = functions.map(({ name }) => permission(name));
  const graph = new Graph([role(), ...functions, ...permissions]);
  const folder = temporaryFolder();
  const lines: string[] = [];
  const lambda = await createLambda({
    graph,
    iam: new Iam(graph),
    environment: { AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" },
    folder,
    log: (line) => lines.push(line),
    ...options,
  });
  return {
    lambda,
    folder,
    lines,
    invoke: (name, event = {}) => lambda.invoke(name, event, caller),
    async close() {
      await lambda.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

/** A server that answers no request until there are as many as it waits for. */
export async function startBarrier(count: number) {
  const waiting: http.ServerResponse[] = [];
  const server = http.createServer((_, response) => {
    waiting.push(response);
    if (waiting.length >= count) waiting.splice(0).forEach((each) => each.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, close: () => server.close().closeAllConnections() };
}
