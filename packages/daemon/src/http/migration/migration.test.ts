/** Migrations at the edge: their sockets, and what becomes of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Services, silentLog } from "@lodge/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeInstance } from "../testing/fake-records.ts";
import { type FakeServices, fakeServices } from "../testing/fake-services.ts";
import { type Connection, call, connect } from "../testing/unix-client.ts";

let directory: string;
let path: string;
let services: FakeServices;
let server: HttpServer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-migration-"));
  path = join(directory, "unix.socket");
  services = fakeServices();
  services.instanceRows.set("web", fakeInstance("web"));
  await serve({});
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function serve(more: { readonly connectTimeout?: number; readonly migrations?: Services["migrations"] }) {
  const { migrations = services.migrations, ...options } = more;
  const recordings = join(directory, "rec");
  server = await createHttpServer({
    services: { ...services, migrations },
    log: silentLog,
    version: "1",
    recordings,
    ...options,
  });
  await server.listen(path);
}

interface Begun {
  readonly operation: string;
  readonly open: (name: string) => Promise<Connection>;
}

async function begin(url: string, body: object): Promise<Begun> {
  const { json } = await call(path, "POST", url, body);
  const { operation, metadata } = json as unknown as {
    operation: string;
    metadata: { metadata: Record<string, string> };
  };
  const open = (name: string) => connect(path, `${operation}/websocket?secret=${metadata.metadata[name]}`);
  // LXD's clients take everything in there for a secret.
  expect(Object.keys(metadata.metadata)).toEqual(["control", "fs"]);
  return { operation, open };
}

const send = () => begin("/1.0/instances/web", { migration: true });
const receive = () => begin("/1.0/instances", { name: "web", source: { type: "migration", mode: "push" } });

async function ended(operation: string): Promise<{ status: string; err: string; class: string }> {
  return (await call(path, "GET", `${operation}/wait`)).json["metadata"] as never;
}

/** As a client does that joins what two servers offer. */
function relay(one: Connection, other: Connection): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    if (from.bytes().length > 0) to.socket.send(from.bytes(), { binary: true });
    for (const message of from.messages) to.socket.send(message);
    from.socket.on("message", (data: Buffer, binary) => to.socket.send(data, { binary }));
    from.socket.on("close", () => to.socket.terminate());
  }
}

describe("two operations", () => {
  it("are joined by a client", async () => {
    const [source, target] = [await send(), await receive()];
    for (const name of ["control", "fs"]) relay(await source.open(name), await target.open(name));
    const finished = await Promise.all([ended(source.operation), ended(target.operation)]);
    expect(finished).toMatchObject([
      { status: "Success", class: "websocket" },
      { status: "Success", class: "websocket" },
    ]);
  });

  it.each(["control", "fs"])("fail when the socket %s is lost", async (name) => {
    const { operation, open } = await receive();
    const [control, fs] = [await open("control"), await open("fs")];
    (name === "control" ? control : fs).socket.terminate();
    expect(await ended(operation)).toMatchObject({
      status: "Failure",
      err: "The other server is lost: the connection to it broke off.",
    });
    await Promise.all([control.closed, fs.closed]);
  });

  it("fail when the other server is not Lodge", async () => {
    const { operation, open } = await receive();
    const control = await open("control");
    await open("fs");
    control.socket.send(Buffer.from([8, 0, 26, 4]), { binary: true });
    expect((await ended(operation)).err).toContain("it speaks another protocol than Lodge's");
  });

  it("are cancelled before anybody has come, and afterwards", async () => {
    const early = await receive();
    await call(path, "DELETE", early.operation);
    expect(await ended(early.operation)).toMatchObject({ status: "Cancelled" });
    const late = await receive();
    const control = await late.open("control");
    await late.open("fs");
    await call(path, "DELETE", late.operation);
    expect(await ended(late.operation)).toMatchObject({ status: "Cancelled" });
    await control.closed;
  });

  it("do not wait for ever", async () => {
    await server.close();
    await serve({ connectTimeout: 20 });
    const { operation, open } = await receive();
    // On a busy machine even the first may come too late, and is refused.
    await open("control").catch(() => undefined);
    expect((await ended(operation)).err).toContain("did not connect its websockets");
  });

  it.each<[string, object, number]>([
    ["an unknown mode", { name: "x", source: { type: "migration", mode: "sideways" } }, 400],
    ["no peer", { name: "x", source: { type: "migration", mode: "pull" } }, 400],
  ])("are refused for %s", async (_what, body, status) => {
    expect(await call(path, "POST", "/1.0/instances", body)).toMatchObject({ status });
  });
});
