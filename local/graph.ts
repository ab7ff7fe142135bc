/** A resource as the program registered it, with the outputs that its provider would have given. */
export interface Resource {
  urn: string;
  /** Pulumi's type token, such as `aws:dynamodb/table:Table`. */
  type: string;
  /** The Pulumi name. */
  name: string;
  id: string;
  /** Resolved inputs, under the names of the provider's SDK. */
  inputs: Record<string, any>;
  /** The inputs and what the provider computes, shaped as on AWS. */
  outputs: Record<string, any>;
}

/** The resources of one evaluation of the program, in the order in which they were registered. */
export class Graph {
  constructor(readonly resources: readonly Resource[]) {}

  ofType(type: string): Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  withId(type: string, id: string): Resource | undefined {
    return this.resources.find((resource) => resource.type === type && resource.id === id);
  }
}
