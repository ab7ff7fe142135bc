import type { ApiGateway } from "./apigateway";
import type { Cognito } from "./cognito";
import type { Handlers } from "./front";
import { isSqsRequest, type Sqs } from "./sqs";

/** APIs at an address of their own, instead of at `https://{api}.execute-api.{region}.amazonaws.com`. */
export const executeApiPath = "/_aws/execute-api";

const apiPath = new RegExp(`^${executeApiPath}/([a-z0-9]+)(/[^?]*)?(\\?.*)?$`);

/** AWS as the functions and browsers reach it: the APIs themselves, Cognito and SQS. */
export function serveServices(apiGateway: ApiGateway, cognito: Cognito, sqs: Sqs): Handlers {
  return {
    request: (request, response) => {
      if (isSqsRequest(request)) return sqs.request(request, response);
      const match = apiPath.exec(request.url!);
      if (match === null) {
        return cognito.request(request, response);
      }
      request.url = `${match[2] ?? "/"}${match[3] ?? ""}`;
      apiGateway.request(match[1]!, request, response);
    },
    upgrade: (request, socket, head) => {
      const match = apiPath.exec(request.url!);
      if (match === null) {
        socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
        return;
      }
      request.url = `${match[2] ?? "/"}${match[3] ?? ""}`;
      apiGateway.upgrade(match[1]!, request, socket, head);
    },
  };
}
