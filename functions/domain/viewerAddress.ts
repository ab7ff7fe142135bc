/**
 * The address of the viewer as the distribution saw it. CloudFront appends the viewer's address to
 * `X-Forwarded-For`, API Gateway appends its own peer's; what stands before is the client's to forge.
 * Only as true as the origin secret: who reaches API Gateway directly writes the whole header.
 * @param forwardedFor values of `X-Forwarded-For`
 * @param peer the address that API Gateway saw
 */
export function viewerAddress(forwardedFor: string[], peer: string): string {
  const addresses = forwardedFor
    .flatMap((value) => value.split(","))
    .map((address) => address.trim())
    .filter((address) => address !== "");
  if (addresses.at(-1) === peer) addresses.pop();
  return addresses.at(-1) ?? peer;
}
