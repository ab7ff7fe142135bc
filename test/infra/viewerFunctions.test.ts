import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { evaluated, find } from "../support/evaluations";

/** The size that CloudFront takes of a function, in bytes. */
const most = 10 * 1024;

describe("CloudFront's functions", () => {
  async function handlerOf(name: string): Promise<(event: object) => any> {
    const { inputs } = find(
      (await evaluated("prod")).graph,
      "aws:cloudfront/function:Function",
      name,
    );
    const { code, comment, ...rest } = inputs;
    assert.deepEqual(rest, {
      name: `switchboard-prod-${name}`,
      runtime: "cloudfront-js-2.0",
      publish: true,
    });
    assert.ok(comment.length <= 128);
    assert.ok(Buffer.byteLength(code) < most);
    const file = name.replace(/-./, (part) => part[1]!.toUpperCase());
    // Coverage goes by the address of the source.
    const filename = pathToFileURL(`infra/cloudfront/${file}.js`).href;
    const context: vm.Context = vm.createContext({});
    vm.runInContext(code, context, { filename });
    return context.handler;
  }

  it("single-page leads pages to the one file, and leaves files alone", async () => {
    const handler = await handlerOf("single-page");
    const uris = {
      "/": "/index.html",
      "/channels/general": "/index.html",
      "/channels/v1.2/": "/index.html",
      "/index.html": "/index.html",
      "/assets/app.js": "/assets/app.js",
      "/config.json": "/config.json",
    };
    for (const [uri, served] of Object.entries(uris)) {
      const request = { uri, headers: {}, method: "GET", querystring: {} };
      assert.deepEqual(handler({ request }), { ...request, uri: served }, uri);
    }
  });

  it("viewer-host tells the host that was asked for, whatever the viewer says it was", async () => {
    const handler = await handlerOf("viewer-host");
    const request = {
      uri: "/ws",
      headers: {
        host: { value: "app.acme.test" },
        "x-viewer-host": { value: "evil.test" },
        "sec-websocket-key": { value: "abc" },
      },
    };
    const { uri, headers } = JSON.parse(JSON.stringify(handler({ request })));
    assert.equal(uri, "/ws");
    assert.deepEqual(headers, {
      host: { value: "app.acme.test" },
      "x-viewer-host": { value: "app.acme.test" },
      "sec-websocket-key": { value: "abc" },
    });
  });
});
