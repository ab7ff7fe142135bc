import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { PutCommand, QueryCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { StoredMessage } from "./messageLog";

/** A row of the messages table. */
export interface MessageItem extends Omit<StoredMessage, "body"> {
  /** The range key: it only ever grows, while offsets begin anew with each epoch. */
  position: number;
  /** JSON. */
  body: string;
  /** Tells a writer its own row: `<when the put began, epoch ms in base 36>-<random>`. */
  token: string;
}

/** Positions, both inclusive. */
export interface PositionRange {
  from: number;
  to: number;
}

/** What became of a row that was to be put. */
export type Put = { stored: true } | { stored: false; holder?: MessageItem };

/** The rows of the messages table. */
export interface MessageItems {
  /** Stores a row unless its position is taken: then tells by which, if that one is still there. */
  put(item: MessageItem): Promise<Put>;
  /** A strongly consistent page, of 1 MB at most. */
  page(
    channel: string,
    range: PositionRange,
    order: "oldest first" | "newest first",
    limit?: number,
  ): Promise<{ items: MessageItem[]; more: boolean }>;
}

export function createMessageItems(client: DynamoDBDocumentClient, table: string): MessageItems {
  const page: MessageItems["page"] = async (channel, { from, to }, order, limit) => {
    if (from > to) return { items: [], more: false };
    const { Items, LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "#channel = :channel AND #position BETWEEN :from AND :to",
        ExpressionAttributeNames: { "#channel": "channel", "#position": "position" },
        ExpressionAttributeValues: { ":channel": channel, ":from": from, ":to": to },
        ScanIndexForward: order === "oldest first",
        ConsistentRead: true,
        Limit: limit,
      }),
    );
    return { items: (Items ?? []) as MessageItem[], more: LastEvaluatedKey !== undefined };
  };

  return {
    page,
    async put(item) {
      const { channel, position } = item;
      try {
        await client.send(
          new PutCommand({
            TableName: table,
            Item: item,
            ConditionExpression: "attribute_not_exists(#channel)",
            ExpressionAttributeNames: { "#channel": "channel" },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { stored: true };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Not every store returns the row.
        const holder = error.Item
          ? plain(error.Item)
          : (await page(channel, { from: position, to: position }, "newest first")).items[0];
        // An answer that was lost makes the SDK try again, which then meets what the first try stored.
        return holder?.token === item.token ? { stored: true } : { stored: false, holder };
      }
    },
  };
}

/** A row out of an error, which the document client leaves as it came: texts and numbers. */
function plain(item: NonNullable<ConditionalCheckFailedException["Item"]>): MessageItem {
  const values = Object.entries(item).map(([name, { S, N }]) => [name, S ?? Number(N)]);
  return Object.fromEntries(values) as MessageItem;
}

export function toMessage({ position: _, token: __, body, ...rest }: MessageItem): StoredMessage {
  return { ...rest, body: JSON.parse(body) };
}

/** Rows outlive their time by days, since the table's TTL is late. */
export function isLive({ expires }: { expires: number }, at: number): boolean {
  return expires * 1000 > at;
}
