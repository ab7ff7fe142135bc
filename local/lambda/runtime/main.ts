/**
 * What runs in a sandbox's process: it loads a function's code, and hands it one event after another. It is
 * bundled into one file when Lambda starts (see ../runtimeFile.ts).
 */
import { installConsole } from "./console";
import { describeError, loadHandler, type Handler } from "./handler";
import type { EventMessage, FunctionError, RuntimeMessage, SandboxData } from "./messages";

// The function sees no arguments, as on AWS.
const data = JSON.parse(process.argv.splice(2)[0]!) as SandboxData;
const post = process.send!.bind(process);
const send = (message: RuntimeMessage): void => void post(message);
// Libraries take a process that has it for a worker of theirs.
process.send = undefined;

const log = installConsole(data, (line) => send({ type: "log", line }));

process.on("disconnect", () => process.exit());
// Ctrl-C reaches all processes of a terminal: the parent still has events for this one before it ends it.
process.on("SIGINT", () => {});
process.on("uncaughtException", (error) => crash(describeError(error)));
process.on("unhandledRejection", (reason) => {
  const { errorMessage, errorType, trace } = describeError(reason);
  crash({
    errorType: "Runtime.UnhandledPromiseRejection",
    errorMessage: `${errorType}: ${errorMessage}`,
    trace,
  });
});

function crash(error: FunctionError): void {
  send({ type: "crash", error });
}

async function handle(handler: Handler, message: EventMessage): Promise<void> {
  log.requestId = message.requestId;
  let result: unknown;
  try {
    result = await handler(JSON.parse(message.event), context(message));
  } catch (error) {
    const described = describeError(error);
    log.write("ERROR", [{ ...described, stackTrace: described.trace, trace: undefined }]);
    return send({ type: "error", error: described });
  }
  try {
    send({ type: "result", payload: JSON.stringify(result) ?? "null" });
  } catch (error) {
    const { errorMessage, trace } = describeError(error);
    send({
      type: "error",
      error: {
        errorType: "Runtime.MarshalError",
        errorMessage: `Unable to stringify response body: ${errorMessage}`,
        trace,
      },
    });
  }
}

function context({ requestId, deadline }: EventMessage): object {
  return {
    functionName: data.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: data.functionArn,
    memoryLimitInMB: String(data.memorySize),
    awsRequestId: requestId,
    logGroupName: data.logGroupName,
    logStreamName: data.logStreamName,
    identity: undefined,
    clientContext: undefined,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function main(): Promise<void> {
  let handler: Handler;
  try {
    handler = await loadHandler(data.root, data.handler);
  } catch (error) {
    return send({ type: "initError", error: describeError(error) });
  }
  process.on("message", (message: EventMessage) => void handle(handler, message));
  send({ type: "ready" });
}

void main();
