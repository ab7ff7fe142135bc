/** Modules that the bundler replaces: module name -> path of the small one, relative to the project root. */
export const aliases: Record<string, string> = {};
