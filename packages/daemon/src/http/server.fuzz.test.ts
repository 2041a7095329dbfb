import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lodge/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "./server.ts";
import { fakeFingerprint, fakeImage, fakeInstance } from "./testing/fake-records.ts";
import { fakeServices } from "./testing/fake-services.ts";
import { fakeExec } from "./testing/fake-sessions.ts";

/** Whatever comes in, an envelope goes out, and never one that admits to a fault. */
describe("the server under random requests", () => {
  let server: HttpServer;
  beforeAll(async () => {
    const services = fakeServices();
    services.instanceRows.set("web", fakeInstance("web"));
    const image = fakeImage(fakeFingerprint());
    services.imageRows.set(image.fingerprint, image);
    services.command = () => fakeExec(async () => 0);
    const recordings = join(tmpdir(), "lodge-fuzz-recordings");
    server = await createHttpServer({ services, log: silentLog, version: "1", recordings });
  });
  afterAll(() => server.close());

  const word = fc.oneof(
    fc.constantFrom(
      "instances",
      "containers",
      "virtual-machines",
      "web",
      "state",
      "exec",
      "console",
      "files",
      "logs",
      "exec-output",
      "images",
      "aliases",
      "build",
      "export",
      "operations",
      "wait",
      "websocket",
      "events",
      "networks",
      "lodgebr0",
      "leases",
      "storage-pools",
      "default",
      "resources",
      "profiles",
      "projects",
      "lodge",
      "host",
      "..",
      "",
    ),
    fc.string({ unit: "binary", maxLength: 40 }).map((s) => encodeURIComponent(s.toWellFormed())),
    fc.string({ maxLength: 20 }).map((s) => s.replace(/[^!$-.:-~]/g, "")),
  );
  const pair = fc.tuple(
    fc.constantFrom("recursion", "filter", "project", "path", "timeout", "type", "secret", "all-projects", "x"),
    fc.oneof(fc.constantFrom("1", "0", "web", "default", "name eq web", "-1", "/etc/x"), fc.string({ maxLength: 30 })),
  );
  const url = fc
    .tuple(fc.array(word, { maxLength: 5 }), fc.array(pair, { maxLength: 3 }))
    .map(
      ([words, query]) =>
        `/1.0/${words.join("/")}?${new URLSearchParams(query.map(([k, v]): [string, string] => [k, v.toWellFormed()]))}`,
    );
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constant(undefined),
    fc
      .dictionary(
        fc.constantFrom(
          "name",
          "source",
          "config",
          "devices",
          "command",
          "action",
          "type",
          "state",
          "target",
          "profiles",
          "__proto__",
        ),
        fc.anything({ withNullPrototype: false }),
      )
      .map((object) => safeJson(object)),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      "content-type",
      "if-match",
      "x-lxd-mode",
      "x-lxd-type",
      "x-lxd-uid",
      "x-lxd-properties",
      "x-lxd-aliases",
      "range",
      "expect",
    ),
    fc.oneof(
      fc.constantFrom(
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "*",
        "symlink",
        "100-continue",
      ),
      fc.string({ maxLength: 30 }).map((s) => s.replace(/[^ -~]/g, "")),
    ),
    { maxKeys: 3 },
  );

  it("answers every one properly", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"),
        url,
        body,
        headers,
        async (method, path, payload, sent) => {
          // Waits without bound are the client's to have.
          if (path.includes("/wait")) return;
          const answer = await server.app.inject({
            method: method as "GET",
            url: path,
            headers: sent,
            ...(payload !== undefined && { payload }),
          });
          if (answer.statusCode < 300) return;
          expect(answer.statusCode).not.toBe(500);
          if (method === "HEAD") return;
          expect(answer.json()).toMatchObject({ type: "error", error_code: answer.statusCode });
          expect((answer.json() as { error: string }).error).not.toBe("");
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "{}";
  }
}
