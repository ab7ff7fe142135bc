import type { Resource } from "../graph";

/** How messages name a resource: its type and Pulumi name. */
export function labelOf(resource: Resource): string {
  return `${resource.type} "${resource.name}"`;
}

/** Gathers what is wrong with resources, so that one error tells all of it. */
export class Problems {
  readonly #messages: string[] = [];

  /** Runs a reader of one resource; what it throws is a problem of that resource. */
  collect<T>(resource: Resource, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#messages.push(`${labelOf(resource)}: ${(error as Error).message}`);
      return undefined;
    }
  }

  throwIfAny(): void {
    if (this.#messages.length > 0) throw new Error(this.#messages.join("\n"));
  }
}

/** Refuses settings that would change what the resource does on AWS and that the local run does not have. */
export function refuseInputs(resource: Resource, ...names: string[]): void {
  const found = names.filter((name) => {
    const value: unknown = resource.inputs[name];
    const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    return value && !isEmpty;
  });
  if (found.length > 0) throw new Error(`${found.join(", ")}: not supported by the local run`);
}
