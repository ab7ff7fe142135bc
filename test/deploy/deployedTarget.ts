import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { storeRows } from "../e2e/tableRows";
import type { Target } from "../e2e/target";
import type { DeployedResource, Deployment } from "./deployment";

/**
 * A deployed stack as the end-to-end tests see it. The emulator serves distributions, but does not pass on to the APIs
 * behind them, so the tests stand where the distribution does, and show its secret.
 * @param listedOrigins the stack's setting `allowedOrigins`
 */
export async function deployedTarget(
  deployment: Deployment,
  listedOrigins: string[] = [],
): Promise<Target> {
  const { emulator } = deployment;
  const outputs = await deployment.outputs();
  const resources = await deployment.resources();
  const apis = `${emulator.url}/_aws/execute-api`;
  const [http, webSocket] = ["HTTP", "WEBSOCKET"].map((protocol) =>
    only(
      resources,
      ({ type, outputs }) =>
        type === "aws:apigatewayv2/api:Api" && outputs.protocolType === protocol,
    ),
  );
  const secret = only(
    resources,
    ({ type }) => type === "random:index/randomPassword:RandomPassword",
  );
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = emulator.environment;
  const administrator = {
    accessKeyId: AWS_ACCESS_KEY_ID!,
    secretAccessKey: AWS_SECRET_ACCESS_KEY!,
  };
  const dynamoDb = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: emulator.url,
      region: emulator.region,
      credentials: administrator,
    }),
  );
  const tableName = (name: string) =>
    only(resources, (one) => one.type === "aws:dynamodb/table:Table" && one.name === name).outputs
      .name;
  return {
    name: "deployed to the emulator",
    webSocketUrl: `${apis.replace(/^http/, "ws")}/${webSocket!.id}/ws`,
    httpUrl: `${apis}/${http!.id}/http`,
    cognitoEndpoint: emulator.url,
    region: outputs.region,
    userPoolId: outputs.userPoolId,
    userPoolClientId: outputs.userPoolClientId,
    originHeaders: {
      "x-origin-verify": secretText(secret.outputs.result),
      "x-viewer-host": new URL(outputs.url).host,
    },
    allowedOrigins: [outputs.url, ...listedOrigins],
    administrator,
    differences: [
      "subprotocol-not-answered",
      "templates-not-evaluated",
      "connect-status-not-passed",
    ],
    storeSession: (session) => storeRows(dynamoDb, tableName("connections"), [session]),
    storeSubscriptions: (rows) => storeRows(dynamoDb, tableName("subscriptions"), rows),
  };
}

function only(
  resources: DeployedResource[],
  matches: (resource: DeployedResource) => boolean,
): DeployedResource {
  const [found, ...others] = resources.filter(matches);
  if (found === undefined || others.length > 0) {
    throw new Error(`There are ${others.length + (found ? 1 : 0)} resources instead of one`);
  }
  return found;
}

/** An exported state wraps a secret, with its text as JSON, even where it shows it. */
function secretText(value: string | { plaintext: string }): string {
  return typeof value === "string" ? value : JSON.parse(value.plaintext);
}
