/**
 * Watches the bytes of one client and reports the first frame whose payload is longer than `limit`: API Gateway limits
 * frames as well as messages, and ws knows only the size of messages. It reads frame headers (RFC 6455, 5.2) and skips payloads.
 */
export function frameGuard(limit: number, onExceeded: () => void): (chunk: Buffer) => void {
  let payloadLeft = 0;
  // Position within the header of the frame that comes next.
  let position = 0;
  let lengthBytes = 0;
  let maskBytes = 0;
  let length = 0;
  let exceeded = false;

  return (chunk) => {
    let at = 0;
    while (at < chunk.length && !exceeded) {
      if (payloadLeft > 0) {
        const skipped = Math.min(payloadLeft, chunk.length - at);
        payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at++]!;
      if (position === 1) {
        length = byte & 0x7f;
        maskBytes = byte & 0x80 ? 4 : 0;
        lengthBytes = length === 126 ? 2 : length === 127 ? 8 : 0;
        if (lengthBytes > 0) length = 0;
      } else if (position > 1 && position < 2 + lengthBytes) {
        length = length * 256 + byte;
      }
      position += 1;
      if (position >= 2 && position === 2 + lengthBytes + maskBytes) {
        position = 0;
        payloadLeft = length;
        if (length > limit) {
          exceeded = true;
          onExceeded();
        }
      }
    }
  };
}
