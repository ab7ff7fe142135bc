import { DeleteCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { createDynamoClient } from "./dynamoClient";
import {
  subscriberKey,
  userPrefix,
  type Subscriber,
  type SubscriptionStore,
} from "./subscriptions";

/** The subscriptions in the subscriptions table. */
export function createDynamoSubscriptions(
  table: string,
  client = createDynamoClient(),
): SubscriptionStore {
  return {
    async put(subscription) {
      const command = new PutCommand({
        TableName: table,
        Item: { ...subscription, subscriber: subscriberKey(subscription) },
        ReturnValues: "ALL_OLD",
      });
      return (await client.send(command)).Attributes === undefined;
    },

    async remove(channel, session) {
      const command = new DeleteCommand({
        TableName: table,
        Key: { channel, subscriber: subscriberKey(session) },
        ReturnValues: "ALL_OLD",
      });
      return (await client.send(command)).Attributes !== undefined;
    },

    async page(channel, { from, to }, limit) {
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: to
          ? "#channel = :channel AND #subscriber < :to"
          : "#channel = :channel",
        ExpressionAttributeNames: {
          "#channel": "channel",
          ...(to && { "#subscriber": "subscriber" }),
        },
        ExpressionAttributeValues: { ":channel": channel, ...(to && { ":to": to }) },
        ExclusiveStartKey: from ? { channel, subscriber: from } : undefined,
        // Who has subscribed before a message was stored gets it; an older view might not show them.
        ConsistentRead: true,
        Limit: limit,
      });
      const { Items, LastEvaluatedKey } = await client.send(command);
      return { subscribers: (Items ?? []) as Subscriber[], next: LastEvaluatedKey?.subscriber };
    },

    async hasOther(channel, username, connectionId) {
      let start: Record<string, unknown> | undefined;
      do {
        const { Items, LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: "#channel = :channel AND begins_with(#subscriber, :user)",
            ExpressionAttributeNames: { "#channel": "channel", "#subscriber": "subscriber" },
            ExpressionAttributeValues: { ":channel": channel, ":user": userPrefix(username) },
            ExclusiveStartKey: start,
            ConsistentRead: true,
          }),
        );
        const now = Date.now();
        const isOther = (item: Subscriber) =>
          item.connectionId !== connectionId && item.expires * 1000 > now;
        if (((Items ?? []) as Subscriber[]).some(isOther)) return true;
        start = LastEvaluatedKey;
      } while (start);
      return false;
    },
  };
}
