import { parseArgs } from "node:util";

export interface LocalOptions {
  /** Where the distribution is served: web app, HTTP API, WebSocket API. 0 picks a free one. */
  port: number;
  /** Where AWS itself stands: Cognito, and the APIs at their own addresses. 0 picks a free one. */
  servicesPort: number;
  /** Where DynamoDB stands. 0 picks a free one. */
  dynamoDbPort: number;
  /** The folder that keeps tables, users and keys between runs. */
  state: string;
  /** Whether to begin with nothing. */
  fresh: boolean;
}

export const usage = `Usage: npm start -- [options]

  --port <n>            the origin: web app, /http/*, /ws          (default 8080)
  --services-port <n>   Cognito, and the APIs at their own address (default 8081)
  --dynamodb-port <n>   DynamoDB                                   (default 8082)
  --state <folder>      what is kept between runs                  (default .switchboard)
  --fresh               forget what was kept
  --help                show this

A port of 0 picks a free one.
`;

/** An option that cannot be used as it is written. */
export class BadOption extends Error {}

/** @throws BadOption that names the option and says what to write. */
export function parseOptions(args: string[]): LocalOptions | "help" {
  const values = parse(args);
  if (values.help) {
    return "help";
  }
  return {
    port: port("--port", values.port),
    servicesPort: port("--services-port", values["services-port"]),
    dynamoDbPort: port("--dynamodb-port", values["dynamodb-port"]),
    state: values.state,
    fresh: values.fresh,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string", default: "8080" },
        "services-port": { type: "string", default: "8081" },
        "dynamodb-port": { type: "string", default: "8082" },
        state: { type: "string", default: ".switchboard" },
        fresh: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new BadOption(`${(error as Error).message}\n\n${usage}`);
  }
}

function port(option: string, text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 65_535) {
    throw new BadOption(`${option} is "${text}": write a port from 0 to 65535.`);
  }
  return number;
}
