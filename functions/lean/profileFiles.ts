/**
 * In place of `node:fs/promises`, which takes longer to load than a handler's own code: in the bundles only the SDK
 * uses it, to look for profiles in `~/.aws`, and on Lambda there are none.
 */
export async function readFile(path: string): Promise<never> {
  const error = new Error(`files are not read in the bundles: ${path}`);
  throw Object.assign(error, { code: "ENOENT" });
}
