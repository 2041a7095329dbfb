/** Programs that use the API: with the SDK, as the documentation has them, and with nothing but HTTP, as others' clients do. */
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import { commandBlocks } from "../harness/documentation.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
});
afterAll(() => lodge?.stop());

test.for(commandBlocks("docs/how-to/sdk.md", "ts"))("$place", async ({ commands }) => {
  const options = { input: commands, cwd: import.meta.dirname, env: { LODGE_DIR: lodge.directory } };
  const { status, stderr } = await runCommand(process.execPath, ["--input-type=module-typescript"], options);
  expect(status, `${stderr}\n${await lodge.complaints()}`).toBe(0);
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly location: string;
  readonly body: { readonly type: string; readonly operation: string; readonly metadata: never };
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const socketPath = join(lodge.directory, "unix.socket");
  const sent = request({ socketPath, method, path, headers: { "content-type": "application/json", ...headers } });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.on("response", resolve).on("error", reject);
  });
  const { etag = "", location = "" } = response.headers;
  return { status: response.statusCode ?? 0, etag, location, body: JSON.parse(await text(response)) };
}

async function settled(answer: Promise<Answer>): Promise<unknown> {
  const { status, location, body } = await answer;
  expect([status, body.type, location]).toEqual([202, "async", body.operation]);
  const { body: ended } = await ask("GET", `${location}/wait?timeout=60`);
  expect(ended.metadata).toMatchObject({ status: "Success", status_code: 200, err: "" });
  return ended.metadata;
}

describe("a client that knows HTTP alone", () => {
  const config = { "user.role": "test" };

  test("makes, changes under an ETag, and finds", async () => {
    const source = { type: "image", alias: "tiny" };
    await settled(ask("POST", "/1.0/instances", { name: "c1", type: "container", source, config }));
    const { etag, body } = await ask("GET", "/1.0/instances/c1");
    const put = { ...(body.metadata as object), description: "", config: { ...config, "user.a": "b" } };
    expect(await ask("PATCH", "/1.0/instances/c1", { description: "One" })).toMatchObject({ status: 200 });
    await settled(ask("PUT", "/1.0/instances/c1", put, { "if-match": etag }));
    const stale = await ask("PUT", "/1.0/instances/c1", put, { "if-match": etag });
    expect(stale).toMatchObject({ status: 412, body: { type: "error", error_code: 412 } });
    const found = async (filter: string) =>
      (await ask("GET", `/1.0/instances?recursion=1&filter=${encodeURIComponent(filter)}`)).body.metadata;
    expect(await found("config.user.a eq b and status eq stopped")).toMatchObject([{ name: "c1" }]);
    expect(await found("name eq c2")).toEqual([]);
  });

  test("starts and waits, and is told what is not there", async () => {
    await settled(ask("PUT", "/1.0/instances/c1/state", { action: "start", timeout: -1 }));
    const { body } = await ask("GET", "/1.0/instances?recursion=2");
    expect(body.metadata).toMatchObject([{ name: "c1", state: { status: "Running" }, snapshots: [], backups: [] }]);
    expect(await ask("GET", "/1.0/instances/c9")).toMatchObject({
      status: 404,
      body: { type: "error", error_code: 404 },
    });
    await settled(ask("PUT", "/1.0/instances/c1/state", { action: "stop", force: true }));
    await settled(ask("DELETE", "/1.0/instances/c1"));
  });
});
