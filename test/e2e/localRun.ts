import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { root } from "../../local/iam";
import { storeRows } from "./tableRows";
import type { Target } from "./target";

/** `npm start` as a process of its own, on free ports. */
export class LocalRunProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly text: () => string,
    /** What it tells of itself at `/config.json`. */
    readonly config: Record<string, string>,
    readonly url: string,
  ) {}

  /**
   * Starts it and waits until it says that it is ready.
   * @param state the folder that it keeps its state in
   */
  static async start(state: string, ...options: string[]): Promise<LocalRunProcess> {
    const child = spawn(
      process.execPath,
      [
        ...["--import", "tsx", "local/main.ts", "--state", state],
        ...["--port", "0", "--services-port", "0", "--dynamodb-port", "0", ...options],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let output = "";
    const ready = new Promise<string>((resolve, reject) => {
      const read = (data: Buffer) => {
        output += data.toString();
        const match = /Web app +(http:\S+)\/\n[^]*send a frame/.exec(output);
        if (match) resolve(match[1]!);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("exit", (code) => reject(new Error(`ended with ${code}:\n${output}`)));
    });
    const url = await ready;
    const config = (await (await fetch(`${url}/config.json`)).json()) as Record<string, string>;
    return new LocalRunProcess(child, () => output, config, url);
  }

  /** All that it has printed. */
  get output(): string {
    return this.text();
  }

  get pid(): number {
    return this.child.pid!;
  }

  get target(): Target {
    const { config } = this;
    const dynamoDb = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        endpoint: /DynamoDB +(http:[^,]+),/.exec(this.output)![1]!,
        region: config.region!,
        credentials: root,
      }),
    );
    return {
      name: "the local run",
      webSocketUrl: config.wsUrl!,
      httpUrl: config.httpUrl!,
      cognitoEndpoint: config.cognitoEndpoint!,
      region: config.region!,
      userPoolId: config.userPoolId!,
      userPoolClientId: config.userPoolClientId!,
      originHeaders: {},
      allowedOrigins: [this.url],
      administrator: root,
      differences: [],
      storeSession: (session) => storeRows(dynamoDb, "switchboard-local-connections", [session]),
      storeSubscriptions: (rows) => storeRows(dynamoDb, "switchboard-local-subscriptions", rows),
    };
  }

  /** Ends it by a signal, as Ctrl-C does by default. @returns its exit code. */
  async end(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill(signal);
      await ended;
    }
    return this.child.exitCode;
  }
}
