import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import type { Graph } from "../graph";
import { AccessDenied, UnrecognizedClient, type Iam } from "../iam";
import { listQueues, queueActions, queueName } from "./actions";
import { systemClock, type Clock } from "./clock";
import { queueDoesNotExist, SqsError } from "./errors";
import { answer, answerError, readInput } from "./http";
import { Journal, readJournal } from "./journal";
import type { Message } from "./message";
import { Queue } from "./queue";
import { readQueues } from "./settings";

export interface SqsOptions {
  graph: Graph;
  iam: Iam;
  /** Where the messages are kept. */
  folder: string;
  log: (line: string) => void;
  /** Default: the system's. */
  clock?: Clock;
}

export interface Sqs {
  /** Answers the API: `POST` with `X-Amz-Target: AmazonSQS.*`, on any path. */
  request(request: IncomingMessage, response: ServerResponse): void;
  /** The queue itself, for other services of this process, which check permissions themselves. */
  queue(arn: string): Queue | undefined;
  close(): Promise<void>;
}

const targetPrefix = "AmazonSQS.";

/** Whether a request is for SQS. */
export function isSqsRequest({ headers }: IncomingMessage): boolean {
  return String(headers["x-amz-target"]).startsWith(targetPrefix);
}

/**
 * The graph's queues, with the messages that earlier runs have left.
 * @throws Error naming all queues that AWS would refuse, or that cannot be run here.
 */
export async function createSqs(options: SqsOptions): Promise<Sqs> {
  const { graph, iam, log, clock = systemClock } = options;
  const settings = readQueues(graph);
  const file = path.join(options.folder, "messages.jsonl");
  const left = await readJournal(file);
  const journal = new Journal(file, contents, log);
  const queues = settings.map(
    (each) => new Queue(each, clock, (id, change) => journal.record(each.name, id, change)),
  );
  const withArn = (arn: string | undefined): Queue | undefined =>
    queues.find((queue) => queue.settings.arn === arn);
  for (const queue of queues) {
    queue.deadLetters = withArn(queue.settings.redrive?.deadLetterTargetArn);
    queue.restore(left.get(queue.settings.name)?.values() ?? []);
  }
  const authorize = authorizer(iam, log);
  const account = settings[0]?.arn.split(":")[4] ?? "000000000000";
  const senderId = senderIds(iam, account);

  function* contents(): Iterable<[string, Iterable<Message>]> {
    for (const queue of queues) yield [queue.settings.name, queue.all()];
  }

  async function run(request: IncomingMessage, signal: AbortSignal): Promise<object> {
    const { headers, url } = request;
    // Clients of SQS are no browsers. A page that some browser shows must not reach the queues.
    if (headers.origin !== undefined) {
      throw new SqsError("AccessDeniedException", "Browsers have no access.", "AccessDenied", 403);
    }
    const name = String(headers["x-amz-target"]).slice(targetPrefix.length);
    const input = await readInput(request);
    // `<access key>/<date>/<Region>/sqs/aws4_request`
    const [, accessKeyId, region] =
      /Credential=([^/,\s]+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
    if (accessKeyId === undefined) {
      const message = "Request is missing Authentication Token";
      throw new SqsError("MissingAuthenticationToken", message, "MissingAuthenticationToken", 403);
    }
    const arnOf = (queue: string): string => `arn:aws:sqs:${region}:${account}:${queue}`;
    if (name === "ListQueues") {
      authorize(accessKeyId, "sqs:ListQueues", arnOf("*"));
      return listQueues(queues, input);
    }
    const action = Object.hasOwn(queueActions, name) ? queueActions[name] : undefined;
    if (!action) {
      log(`SQS: ${name} is not supported by the local SQS (${url})`);
      const message = `${name} is not supported by the local SQS`;
      throw new SqsError("UnsupportedOperation", message);
    }
    const asked = queueName(name, input);
    const queue = queues.find((candidate) => candidate.settings.name === asked);
    authorize(accessKeyId, action.permission, queue?.settings.arn ?? arnOf(asked), queue);
    if (!queue) throw queueDoesNotExist();
    const call = { input, queue, senderId: senderId(accessKeyId), signal };
    const result = await action.run(call);
    if (action.changes) await journal.flushed();
    return result;
  }

  return {
    request(request, response) {
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      run(request, gone.signal).then(
        (result) => answer(response, result),
        (error: Error) => {
          if (error instanceof SqsError) return answerError(response, error);
          if (gone.signal.aborted) return;
          log(`SQS: ${error.stack}`);
          answerError(
            response,
            new SqsError("InternalFailure", error.message, "InternalFailure", 500),
          );
        },
      );
    },
    queue: withArn,
    async close() {
      queues.forEach((queue) => queue.close());
      await journal.close();
    },
  };
}

/** Refuses what no policy of the caller's allows, or the queue's policy denies, and says once what is missing. */
function authorizer(iam: Iam, log: (line: string) => void) {
  const told = new Set<string>();
  return (accessKeyId: string, action: string, arn: string, queue?: Queue): void => {
    try {
      iam.authorize(accessKeyId, action, arn);
      queue?.settings.denies(action, arn);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof UnrecognizedClient) {
        throw new SqsError("UnrecognizedClientException", message, "InvalidClientTokenId", 403);
      }
      if (!(error instanceof AccessDenied)) throw error;
      if (!told.has(message)) log(message);
      told.add(message);
      throw new SqsError("AccessDeniedException", message, "AccessDenied", 403);
    }
  };
}

/** The senders as messages name them: a role's id and the name of its session, or the account for its root user. */
function senderIds(iam: Iam, account: string) {
  const known = new Map<string, string>();
  return (accessKeyId: string): string => {
    const id = known.get(accessKeyId) ?? findSender(accessKeyId);
    known.set(accessKeyId, id);
    return id;
  };

  function findSender(accessKeyId: string): string {
    const session = iam.toJSON().sessions.find((each) => each.accessKeyId === accessKeyId);
    return session ? `AROA${accessKeyId.slice(4)}:${session.sessionName}` : account;
  }
}
