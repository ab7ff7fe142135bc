import assert from "node:assert/strict";

/**
 * The variables of an access log that hold nothing that a client wrote but a connection id or a route's own key.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const discreet = new Set([
  "$context.authorizer.status",
  "$context.connectionId",
  "$context.error.responseType",
  "$context.eventType",
  "$context.httpMethod",
  "$context.identity.sourceIp",
  "$context.integrationStatus",
  "$context.protocol",
  "$context.requestId",
  "$context.requestTime",
  "$context.responseLength",
  "$context.routeKey",
  "$context.status",
]);

/** Fails for a format that holds a query string, a header, a body, or a variable that nobody has judged. */
export function assertDiscreet(format: string): void {
  for (const variable of format.match(/\$[\w.{}-]+/g) ?? []) {
    assert.ok(discreet.has(variable), `the access log holds ${variable}`);
  }
}
