/**
 * Whether a path matches a behaviour's pattern: `*` stands for any number of characters, `?` for one; case counts.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const expression = pattern
    .replace(/^(?!\/|\*)/, "/")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const regExp = new RegExp(`^${expression}$`, "s");
  return (path) => regExp.test(path);
}
