/**
 * In place of `@smithy/core/event-streams`: no operation that the functions call has a stream of events, and the
 * SDK's protocols load this only for one that does.
 */
export class EventStreamSerde {
  constructor() {
    throw new Error("event streams are left out of the bundles: see functions/lean/aliases.ts");
  }
}

/** What clients that have such operations configure; the others take it along. */
export const eventStreamSerdeProvider = (): EventStreamSerde => new EventStreamSerde();
