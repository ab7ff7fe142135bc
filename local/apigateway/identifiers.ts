import { randomFillSync } from "node:crypto";

// 11 bytes are 15 characters and one "=" of padding: the look of AWS's connection and request ids.
const idBytes = 11;
const pool = Buffer.alloc(idBytes * 256);
let used = pool.length;

/** A connection, request or message id such as `L0SM9cOFvHcCIhw=`. */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString("base64url", used, used + idBytes) + "=";
  used += idBytes;
  return id;
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
let formattedSecond = -1;
let formatted = "";

/** The Common Log Format time of `$context.requestTime`, such as `09/Feb/2024:18:11:43 +0000`. */
export function requestTime(epoch: number): string {
  const second = Math.floor(epoch / 1000);
  if (second !== formattedSecond) {
    const date = new Date(epoch);
    const two = (value: number) => String(value).padStart(2, "0");
    const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
    const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
      .map(two)
      .join(":");
    formatted = `${day}:${time} +0000`;
    formattedSecond = second;
  }
  return formatted;
}

/** A trace header as AWS adds it, `Root=1-<seconds in hex>-<24 hex digits>`. */
export function newTraceId(epoch: number): string {
  const random = randomFillSync(Buffer.allocUnsafe(12)).toString("hex");
  return `Root=1-${Math.floor(epoch / 1000).toString(16)}-${random}`;
}
