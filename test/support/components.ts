import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Graph, type Resource } from "../../local/graph";
import { providerOutputs } from "../../local/program/providerOutputs";

/** Runs a piece of a program with mocks, and gives the resources that it registered. */
export async function registered(program: () => void): Promise<Graph> {
  const resources: Resource[] = [];
  const region = "eu-west-1";
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => {
        if (!custom) return { id: undefined, state: inputs };
        const { id, ...computed } = providerOutputs(
          { type, name, inputs },
          { region, seed: "a seed" },
        );
        const outputs = { ...inputs, ...computed };
        resources.push({ urn: `${type}::${name}`, type, name, id, inputs, outputs });
        return { id, state: outputs };
      },
      call: () => ({ id: region, region }),
    },
    "switchboard",
    "test",
  );
  program();
  await pulumi.runtime.disconnect();
  return new Graph(resources);
}

/** A function made elsewhere: components take any. */
export function anyFunction(name: string): aws.lambda.Function {
  return new aws.lambda.Function(name, { name, role: "arn:aws:iam::000000000000:role/any" });
}
