import * as path from "node:path";
import { createApiGateway } from "./apigateway";
import type { Limits } from "./apigateway/limits";
import { Distribution, type Origin } from "./cloudfront/distribution";
import { createCognito, type Cognito } from "./cognito";
import { createDynamoDb } from "./dynamodb";
import type { Faults } from "./faults";
import { Front } from "./front";
import type { Graph, Resource } from "./graph";
import { Iam } from "./iam";
import { createLambda } from "./lambda";
import { createEventSources } from "./lambda/eventSources";
import { explainTaken, listen } from "./listen";
import type { LocalOptions } from "./options";
import { evaluate } from "./program/evaluate";
import { executeApiPath, serveServices } from "./services";
import { openState } from "./state";
import { Buckets } from "./s3/buckets";
import { createSqs } from "./sqs";
import { unserved } from "./unserved";

export interface LocalRun {
  /** `http://localhost:{port}`: the distribution. */
  url: string;
  /** `http://localhost:{port}`: Cognito, and the APIs at their own addresses. */
  servicesUrl: string;
  /** `http://127.0.0.1:{port}`: DynamoDB. */
  dynamoDbUrl: string;
  graph: Graph;
  /** What the program exports. */
  outputs: Record<string, any>;
  cognito: Cognito;
  close(): Promise<void>;
}

export interface StartOptions extends LocalOptions {
  /** The stack to run. Default: local. */
  stack?: string;
  /** Settings in the place of the stack file's. */
  settings?: Record<string, unknown>;
  /** Limits of API Gateway in the place of AWS's, for tests. */
  limits?: Partial<Limits>;
  /** What goes wrong, for tests. Default: nothing. */
  faults?: Faults;
  log: (line: string) => void;
}

/**
 * Evaluates the program and serves the resources that it registers.
 * @throws Error when a port is taken, the program fails, or the graph asks for what would not work on AWS.
 */
export async function start(options: StartOptions): Promise<LocalRun> {
  const { log, faults } = options;
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) {
      await end();
    }
  };
  try {
    const edge = new Front(log);
    const services = new Front(log);
    const url = `http://localhost:${await listen(edge.server, options.port, "--port")}`;
    closing.push(() => edge.close());
    const servicesPort = await listen(services.server, options.servicesPort, "--services-port");
    const servicesUrl = `http://localhost:${servicesPort}`;
    closing.push(() => services.close());

    // Functions use them for each message: an address needs no look-up.
    const servicesAddress = `http://127.0.0.1:${servicesPort}`;

    const state = openState(path.resolve(options.state), options.fresh);
    const { graph, outputs } = await evaluate({
      stack: options.stack ?? "local",
      seed: state.seed,
      sqsEndpoint: servicesAddress,
      settings: {
        "switchboard:publicEndpoint": url,
        "switchboard:cognitoEndpoint": servicesUrl,
        "switchboard:executeApiEndpoint": `${servicesAddress}${executeApiPath}`,
        ...options.settings,
      },
    });
    unserved(graph).forEach(log);

    const region = String(outputs.region);
    const iam = new Iam(graph);
    const dynamoDb = await createDynamoDb({
      graph,
      iam,
      folder: state.folder("dynamodb"),
      port: options.dynamoDbPort,
      log,
    }).catch(explainTaken(options.dynamoDbPort, "--dynamodb-port"));
    closing.push(() => dynamoDb.close());
    const sqs = await createSqs({ graph, iam, folder: state.folder("sqs"), log });
    closing.push(() => sqs.close());
    const lambda = await createLambda({
      graph,
      iam,
      environment: {
        AWS_REGION: region,
        AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
        AWS_ENDPOINT_URL_SQS: servicesAddress,
      },
      folder: state.folder("code"),
      log,
      faults,
    });
    closing.push(() => lambda.close());
    const cognito = await createCognito({
      graph,
      lambda,
      iam,
      folder: state.folder("cognito"),
      region,
      log,
    });
    closing.push(() => cognito.close());
    const apiGateway = createApiGateway({
      graph,
      lambda,
      iam,
      keys: (issuer) => cognito.keys(issuer),
      log,
      limits: options.limits,
      faults,
    });
    closing.push(() => apiGateway.close());
    const buckets = await Buckets.create(graph);

    const distribution = new Distribution(
      graph,
      onlyDistribution(graph),
      (domainName, by) =>
        apiOrigin(domainName) ??
        buckets.origin(domainName, "cloudfront.amazonaws.com", by.outputs.arn),
    );
    services.serve(serveServices(apiGateway, cognito, sqs));
    edge.serve(distribution);
    // Last: messages that wait are handled at once, by functions that need all the rest.
    const eventSources = createEventSources({ graph, iam, lambda, sqs, log });
    closing.push(() => eventSources.close());
    return { url, servicesUrl, dynamoDbUrl: dynamoDb.endpoint, graph, outputs, cognito, close };

    function apiOrigin(domainName: string): Origin | undefined {
      const id = /^([a-z0-9]+)\.execute-api\./.exec(domainName)?.[1];
      return id === undefined
        ? undefined
        : {
            request: (request, response) => apiGateway.request(id, request, response),
            upgrade: (request, socket, head) => apiGateway.upgrade(id, request, socket, head),
          };
    }
  } catch (error) {
    await close();
    throw error;
  }
}

function onlyDistribution(graph: Graph): Resource {
  const [distribution, ...others] = graph.ofType("aws:cloudfront/distribution:Distribution");
  if (distribution === undefined || others.length > 0) {
    throw new Error(
      `The local run serves one distribution, and the program has ${others.length + (distribution ? 1 : 0)}.`,
    );
  }
  return distribution;
}
