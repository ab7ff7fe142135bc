const kilobyte = 1024;
const minute = 60_000;

/**
 * Quotas of API Gateway, as AWS documents them for an account in one Region
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). Times are milliseconds, sizes bytes.
 */
export interface Limits {
  /** Requests a second of all APIs together, @connections included. */
  accountRate: number;
  accountBurst: number;
  /** New WebSocket connections a second of all APIs together. */
  connectionRate: number;
  connectionBurst: number;
  idleTimeout: number;
  connectionDuration: number;
  frameBytes: number;
  messageBytes: number;
  /** What may wait for a slow client before @connections answers 429 and its frames are no longer read. */
  sendBufferBytes: number;
  webSocketIntegrationTimeout: number;
  authorizerTimeout: number;
  authorizerContextBytes: number;
  httpIntegrationTimeout: number;
  httpBodyBytes: number;
}

export const awsLimits: Readonly<Limits> = {
  accountRate: 10_000,
  accountBurst: 5_000,
  connectionRate: 500,
  connectionBurst: 500,
  idleTimeout: 10 * minute,
  connectionDuration: 120 * minute,
  frameBytes: 32 * kilobyte,
  messageBytes: 128 * kilobyte,
  // Not documented; large enough for a burst of 32 messages of the largest size.
  sendBufferBytes: 4096 * kilobyte,
  webSocketIntegrationTimeout: 29_000,
  authorizerTimeout: 30_000,
  authorizerContextBytes: 8 * kilobyte,
  httpIntegrationTimeout: 30_000,
  httpBodyBytes: 10 * 1024 * kilobyte,
};
