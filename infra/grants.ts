import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Grant } from "./components/bundledFunction";
import type { Connections } from "./components/webSocketApi";

type TableAction = "DeleteItem" | "GetItem" | "PutItem" | "Query" | "UpdateItem";

export function onTable(table: aws.dynamodb.Table, ...actions: TableAction[]): Grant {
  return { actions: actions.map((action) => `dynamodb:${action}`), resources: [table.arn] };
}

export function onIndex(table: aws.dynamodb.Table, index: string): Grant {
  return {
    actions: ["dynamodb:Query"],
    resources: [pulumi.interpolate`${table.arn}/index/${index}`],
  };
}

/** What the management API of connections calls them: POST sends a frame, DELETE closes. */
export function onConnections(connections: Connections, ...methods: ("POST" | "DELETE")[]): Grant {
  return {
    actions: ["execute-api:ManageConnections"],
    resources: methods.map((method) => connections.arn(method)),
  };
}

type QueueAction = "DeleteMessage" | "GetQueueAttributes" | "ReceiveMessage" | "SendMessage";

export function onQueue(queue: aws.sqs.Queue, ...actions: QueueAction[]): Grant {
  return { actions: actions.map((action) => `sqs:${action}`), resources: [queue.arn] };
}
