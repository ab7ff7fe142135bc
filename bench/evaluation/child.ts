import { evaluate } from "../../local/program/evaluate";

/** Evaluates the program as `npm start` does, and tells how many milliseconds that took. */
async function main(): Promise<void> {
  const begun = performance.now();
  const { graph } = await evaluate({
    stack: "local",
    settings: {
      "switchboard:executeApiEndpoint": "http://127.0.0.1:8081/_aws/execute-api",
      "switchboard:cognitoEndpoint": "http://127.0.0.1:8081",
      "switchboard:publicEndpoint": "http://localhost:8080",
    },
  });
  const ended = performance.now();
  const measured: EvaluationMeasured = {
    evaluateMs: ended - begun,
    // The clock starts with the process.
    processMs: ended,
    resources: graph.resources.length,
  };
  process.send!(measured, () => process.exit());
}

export interface EvaluationMeasured {
  evaluateMs: number;
  processMs: number;
  resources: number;
}

void main();
