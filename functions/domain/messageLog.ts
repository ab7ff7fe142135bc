/** A message in a channel's log. */
export interface StoredMessage {
  channel: string;
  /** Its number within the epoch: 1, 2, 3 and so on, without gaps. */
  offset: number;
  /** Text that is unique to this beginning of the log. */
  epoch: string;
  id: string;
  from: string;
  to?: string;
  /** Epoch milliseconds. */
  sentAt: number;
  /** Any JSON. */
  body: unknown;
  /** When it is over, epoch seconds. */
  expires: number;
}

/** A message that has no place in a log yet. */
export type NewMessage = Pick<StoredMessage, "id" | "from" | "to" | "sentAt" | "body">;

/** How long a log keeps its messages, and how many of the newest at most. */
export interface Retention {
  seconds: number;
  count?: number;
}

/** Where somebody is in a log: the last message that they have. */
export interface Position {
  epoch: string;
  offset: number;
}

/** Some of a log's live messages in the order of their offsets; epoch and offset are those of the log's end. */
export interface Page extends Position {
  messages: StoredMessage[];
  /** Whether there are more in the direction that was read. */
  more: boolean;
}

/** The messages before or after an offset, both exclusive; the newest ones if neither is given. */
export interface PageQuery {
  after?: number;
  before?: number;
  limit?: number;
  /** Most bytes of the messages as JSON, of which the first may have more. */
  maxBytes: number;
}

/** The messages that a log keeps for those who are away. */
export interface MessageLog {
  /**
   * Stores a message at the end of the channel's log.
   * @throws IdReused if another message with this id is being stored at this moment
   * @throws LogContended if other writers were always faster
   */
  append(channel: string, message: NewMessage, retention: Retention): Promise<StoredMessage>;
  /**
   * Stores a message that may be in the log already: then that one is returned.
   * @throws IdReused if the sender has used the id for another message
   * @throws LogContended
   */
  appendOnce(
    channel: string,
    message: NewMessage,
    retention: Retention,
  ): Promise<{ message: StoredMessage; repeated: boolean }>;
  /** The end of the log. An empty one has offset 0, in an epoch `empty-<epoch milliseconds>`. */
  tail(channel: string, retention: Retention): Promise<Position>;
  /** @throws RangeError if the query makes no sense */
  read(channel: string, retention: Retention, query: PageQuery): Promise<Page>;
  /**
   * What was stored after a position. Where the log has moved on, so that messages may be missing, `recovered` is
   * false and there are no messages.
   * @throws InvalidPosition if no log ever answered this position
   */
  recover(
    channel: string,
    retention: Retention,
    position: Position,
    maxBytes: number,
  ): Promise<Page & { recovered: boolean }>;
}

/** A message has the id of another one of the same sender. */
export class IdReused extends Error {
  override readonly name = "IdReused";
}

/** A position that is none. */
export class InvalidPosition extends Error {
  override readonly name = "InvalidPosition";
}

/** Too many wrote to the channel at the same time. The message is not stored; a later try may succeed. */
export class LogContended extends Error {
  override readonly name = "LogContended";
}
