import assert from "node:assert/strict";
import { artefactFiles } from "../support/artefact";
import { evaluated, only } from "../support/evaluations";

const password = "random:index/randomPassword:RandomPassword";

describe("the origin secret", () => {
  it("is 48 random letters and digits", async () => {
    const { graph } = await evaluated("prod");
    assert.deepEqual(only(graph, password).inputs, { length: 48, special: false });
    assert.match(only(graph, password).outputs.result, /^[A-Za-z0-9]{48}$/);
  });

  it("stands in the distribution alone: in no other resource, artefact or output", async () => {
    const { graph, outputs } = await evaluated("prod");
    const secret = only(graph, password).outputs.result;
    const holders = graph.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(secret));
    assert.deepEqual(
      holders.map(({ type }) => type),
      ["aws:cloudfront/distribution:Distribution"],
    );
    for (const fn of graph.ofType("aws:lambda/function:Function")) {
      for (const [name, content] of await artefactFiles(fn)) {
        assert.ok(!content.includes(secret), `${fn.name}: ${name}`);
      }
    }
    assert.ok(!JSON.stringify(outputs).includes(secret));
  });
});
