import type { asset } from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { unpack } from "../../local/lambda/code";

export interface PackRequest {
  entry: string;
  /** What `createHandler` is given. */
  settings: unknown;
  /** Where the archive is unpacked. */
  folder: string;
}

export type PackAnswer = { folder: string } | { error: string };

/**
 * Packages a handler with `CallbackFunction` and none of its options, and unpacks what would have been uploaded.
 * A process of its own: when Pulumi cannot serialize a handler, its error comes as an unhandled rejection.
 */
async function main({ entry, settings, folder }: PackRequest): Promise<PackAnswer> {
  const root = path.resolve(__dirname, "../..");
  // Pulumi reads which packages there are where it runs.
  process.chdir(root);
  // One error comes several times.
  const failed = new Promise<never>((_, reject) => process.on("unhandledRejection", reject));
  const { promise: archive, resolve: registered } = Promise.withResolvers<asset.AssetArchive>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (type === "aws:lambda/function:Function") registered(inputs.code);
        return { id: name, state: inputs };
      },
      call: ({ token }) => {
        throw new Error(`${token} is not expected`);
      },
    },
    "bench",
    "bench",
  );
  const { createHandler } = await import(`${root}/functions/${entry}.ts`);
  const deployed: pulumi.Output<unknown> = pulumi.output(settings);
  new aws.lambda.CallbackFunction(entry, {
    callbackFactory: () => createHandler(deployed.get()),
    role: "arn:aws:iam::000000000000:role/bench",
    runtime: "nodejs24.x",
  });
  return { folder: await unpack(await Promise.race([archive, failed]), folder) };
}

void main(JSON.parse(process.argv[2]!))
  .catch((error: Error): PackAnswer => ({ error: error.message.split("\n").at(-1)!.trim() }))
  .then((answer) => process.send!(answer, () => process.exit()));
