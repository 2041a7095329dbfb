import { randomBytes } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { silentLog } from "@lodge/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeInstance } from "../testing/fake-records.ts";
import { type FakeServices, fakeServices } from "../testing/fake-services.ts";
import { type FakeProcess, fakeExec } from "../testing/fake-sessions.ts";
import { type Connection, call, connect } from "../testing/unix-client.ts";

let directory: string;
let path: string;
let services: FakeServices;
let server: HttpServer;
const uuid = "4b1dbd6e-7d4f-4c4e-8f3e-000000000001";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-sessions-"));
  path = join(directory, "unix.socket");
  services = fakeServices();
  services.instanceRows.set("web", fakeInstance("web", { config: { "volatile.uuid": uuid } }));
  server = await serve();
  await server.listen(path);
});
/** With `connectTimeout` milliseconds for clients to connect. */
function serve(connectTimeout?: number) {
  const recordings = join(directory, "rec");
  const options = { services, log: silentLog, version: "1", recordings };
  return createHttpServer(connectTimeout === undefined ? options : { ...options, connectTimeout });
}
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Makes the next exec run this program. */
function run(program: (process: FakeProcess) => Promise<number>, terminal = false) {
  const session = fakeExec(program, terminal);
  services.command = () => session;
  return session;
}

/** A command that only a kill ends. */
const forever = () => new Promise<number>(() => {});

async function exec(body: object = {}) {
  const answer = await call(path, "POST", "/1.0/instances/web/exec", {
    command: ["x"],
    "wait-for-websocket": true,
    ...body,
  });
  const operation: string = answer.json.operation ?? "";
  const { fds } = (answer.json as unknown as { metadata: { metadata: { fds: Record<string, string> } } }).metadata
    .metadata;
  const open = (fd: string) => connect(path, `${operation}/websocket?secret=${fds[fd]}`);
  return { operation, fds, open };
}

type Begun = Awaited<ReturnType<typeof exec>>;

async function ended(operation: string): Promise<Record<string, never>> {
  return (await call(path, "GET", `${operation}/wait?timeout=20`)).json.metadata as never;
}

describe("exec without a terminal", () => {
  it("carries three streams apart, the end of input, and the exit status", async () => {
    run(async ({ stdin, stdout, stderr }) => {
      const input = await text(stdin);
      stdout.write(`out: ${input}`);
      stderr.write("err");
      return 7;
    });
    const { operation, open } = await exec();
    const [input, output, errors] = (await Promise.all(["0", "1", "2"].map(open))) as [
      Connection,
      Connection,
      Connection,
    ];
    input.socket.send(Buffer.from("hello"));
    input.socket.send("");
    await Promise.all([output.closed, errors.closed]);
    expect(output.text()).toBe("out: hello");
    expect(output.messages).toEqual([""]);
    expect(errors.text()).toBe("err");
    expect(await ended(operation)).toMatchObject({ status: "Success", metadata: { return: 7 } });
  });

  it("loses no byte of a command that has ended before the client connects", async () => {
    const big = randomBytes(3 << 20);
    run(async ({ stdout }) => {
      stdout.write(big);
      return 0;
    });
    const { open, operation } = await exec();
    const [, output] = await Promise.all(["0", "1", "2"].map(open));
    await output?.closed;
    expect(output?.bytes().equals(big)).toBe(true);
    expect(await ended(operation)).toMatchObject({ metadata: { return: 0 } });
  });

  it("holds up a command whose client does not read, and loses nothing", async () => {
    const piece = Buffer.alloc(64 * 1024, "x");
    const count = 400;
    let written = 0;
    run(async ({ stdout }) => {
      for (; written < count; written++) if (!stdout.write(piece)) await new Promise((r) => stdout.once("drain", r));
      return 0;
    });
    const { open, operation } = await exec();
    const [, output] = (await Promise.all(["0", "1", "2"].map(open))) as [Connection, Connection, Connection];
    output.socket.pause();
    await vi.waitFor(() => expect(written).toBeGreaterThan(2), { timeout: 30_000 });
    // Longer than a quiet command is waited for: slowness of the client is not silence of the command.
    await new Promise((r) => setTimeout(r, 800));
    expect(written).toBeLessThan(count / 2);
    output.socket.resume();
    await output.closed;
    expect(output.text().length).toBe(count * piece.length);
    expect(await ended(operation)).toMatchObject({ metadata: { return: 0 } });
  });

  it("does not wait for what the command left running in the background", async () => {
    const session = run(async ({ stdout }) => {
      stdout.write("done");
      return 0;
    });
    // The stream stays open after the exit.
    session.process.stdout.end = () => session.process.stdout;
    const { open, operation } = await exec();
    const [, output] = await Promise.all(["0", "1", "2"].map(open));
    await output?.closed;
    expect(output?.text()).toBe("done");
    expect(await ended(operation)).toMatchObject({ status: "Success", metadata: { return: 0 } });
  });

  it("obeys signals on the control socket", async () => {
    const session = run(forever);
    const { open, operation } = await exec();
    const [control] = await Promise.all(["control", "0", "1", "2"].map(open));
    control?.socket.send("nonsense");
    control?.socket.send(JSON.stringify({ command: "signal", signal: 15 }));
    await vi.waitFor(() => expect(session.process.signals).toEqual([15]), { timeout: 30_000 });
    control?.socket.terminate();
    expect(await ended(operation)).toMatchObject({ metadata: { return: 137 } });
  });

  it("ends the command when its client goes away", async () => {
    run(forever);
    const { open, operation } = await exec();
    for (const { socket } of await Promise.all(["0", "1", "2"].map(open))) socket.terminate();
    expect(await ended(operation)).toMatchObject({ metadata: { return: 137 } });
  });

  it("ends the command when the operation is cancelled", async () => {
    const session = run(forever);
    const { open, operation } = await exec();
    await Promise.all(["0", "1", "2"].map(open));
    expect((await call(path, "DELETE", operation)).status).toBe(200);
    await ended(operation);
    expect(session.closes).toBeGreaterThan(0);
  });

  it("waits for nobody once it is cancelled, or its control is gone", async () => {
    for (const leave of [
      async ({ operation }: Begun) => call(path, "DELETE", operation),
      async ({ open }: Begun) => (await open("control")).socket.terminate(),
    ]) {
      const killed = run(forever);
      const begun = await exec();
      await leave(begun);
      expect((await ended(begun.operation))["status_code"]).toBeGreaterThanOrEqual(200);
      expect(await killed.exit).toBe(137);
    }
  });

  it("does not take input that breaks off for its end: the command is killed", async () => {
    run(async ({ stdin, killed }) => {
      await text(stdin);
      await Promise.race([killed, new Promise((r) => setTimeout(r, 2000))]);
      return 0;
    });
    const { open, operation } = await exec();
    const [stdin] = await Promise.all(["0", "1", "2"].map(open));
    // Larger than a frame may be.
    stdin?.socket.send(Buffer.alloc(17 << 20));
    expect(await ended(operation)).toMatchObject({ metadata: { return: 137 } });
  });

  it("opens each socket once, by its own secret only", async () => {
    run(forever);
    const { open, operation } = await exec();
    await expect(connect(path, `${operation}/websocket?secret=guess`)).rejects.toThrow("403");
    await expect(connect(path, `${operation}/websocket`)).rejects.toThrow("400");
    await open("1");
    await expect(open("1")).rejects.toThrow("400");
  });

  it("does not wait for ever for a client", async () => {
    await server.close();
    server = await serve(500);
    await server.listen(path);
    const session = run(forever);
    const { open, operation } = await exec();
    const output = await open("1");
    expect(await ended(operation)).toMatchObject({ status: "Failure", err_code: "timed_out" });
    await output.closed;
    expect(session.closes).toBeGreaterThan(0);
  });

  it("ends an instance that is there for it when the command has ended", async () => {
    run(async () => 0);
    const { open, operation } = await exec({ "stop-after": true });
    await Promise.all(["0", "1", "2"].map(open));
    expect(await ended(operation)).toMatchObject({ metadata: { return: 0 } });
    expect(services.instanceRows.has("web")).toBe(false);
  });

  it("ends an instance that is there for it when the client has gone", async () => {
    run(forever);
    const { open, operation } = await exec({ "stop-after": true });
    const [control] = await Promise.all(["control", "0", "1", "2"].map(open));
    control?.socket.terminate();
    await ended(operation);
    expect(services.instanceRows.has("web")).toBe(false);
  });

  it("says at once that the instance does not run", async () => {
    services.instanceRows.set("web", fakeInstance("web", { status: "Stopped" }));
    const { status, json } = await call(path, "POST", "/1.0/instances/web/exec", { command: ["x"] });
    expect(status).toBe(409);
    expect(json.metadata).toEqual({ code: "instance_wrong_state" });
  });
});

describe("exec with a terminal", () => {
  it("carries one stream, sizes and the exit status", async () => {
    const session = run(async ({ stdin, stdout }) => {
      for await (const key of stdin) {
        stdout.write(key);
        if (String(key).includes("\x04")) break;
      }
      return 3;
    }, true);
    const { open, operation } = await exec({ interactive: true, width: 100, height: 30 });
    const control = await open("control");
    control.socket.send(JSON.stringify({ command: "window-resize", args: { width: "80", height: "24" } }));
    const terminal = await open("0");
    await vi.waitFor(() => expect(session.process.resizes).toEqual([[80, 24]]), { timeout: 30_000 });
    terminal.socket.send(Buffer.from("keys\x04"));
    await Promise.all([terminal.closed, control.closed]);
    expect(terminal.text()).toBe("keys\x04");
    expect(await ended(operation)).toMatchObject({ metadata: { return: 3 } });
  });

  it("ends the command when control is lost", async () => {
    run(forever, true);
    const { open, operation } = await exec({ interactive: true });
    const [control] = await Promise.all([open("control"), open("0")]);
    control.socket.terminate();
    expect(await ended(operation)).toMatchObject({ metadata: { return: 137 } });
  });
});

describe("exec without websockets", () => {
  it("records the output, serves it, and forgets it with the instance", async () => {
    run(async ({ stdout, stderr }) => {
      stdout.write("printed");
      stderr.write("complained");
      return 4;
    });
    const { json } = await call(path, "POST", "/1.0/instances/web/exec", { command: ["x"], "record-output": true });
    const result = (await ended(json.operation ?? "")) as unknown as {
      metadata: { return: number; output: Record<string, string> };
    };
    expect(result.metadata.return).toBe(4);
    const read = async (url = "") => (await server.app.inject({ url })).body;
    expect(await read(result.metadata.output["1"])).toBe("printed");
    expect(await read(result.metadata.output["2"])).toBe("complained");
    const listed = await call(path, "GET", "/1.0/instances/web/logs/exec-output");
    expect(listed.json.metadata).toHaveLength(2);
    await call(path, "DELETE", "/1.0/instances/web");
    await vi.waitFor(async () => expect(await stat(join(directory, "rec", uuid)).catch(() => "gone")).toBe("gone"), {
      timeout: 30_000,
    });
  });

  it("drops the output when nobody wants it", async () => {
    run(async ({ stdout }) => {
      for (let i = 0; i < 100; i++)
        if (!stdout.write("x".repeat(65536))) await new Promise((r) => stdout.once("drain", r));
      return 0;
    });
    const { json } = await call(path, "POST", "/1.0/instances/web/exec", { command: ["x"] });
    expect(await ended(json.operation ?? "")).toMatchObject({ status: "Success", metadata: { return: 0 } });
  });
});

describe("console", () => {
  it("joins the client and the console until the client detaches", async () => {
    const { json } = await call(path, "POST", "/1.0/instances/web/console", { type: "console" });
    const operation: string = json.operation ?? "";
    const { fds } = (json as unknown as { metadata: { metadata: { fds: Record<string, string> } } }).metadata.metadata;
    const control = await connect(path, `${operation}/websocket?secret=${fds.control}`);
    const data = await connect(path, `${operation}/websocket?secret=${fds["0"]}`);
    data.socket.send(Buffer.from("echo"));
    await vi.waitFor(() => expect(data.text()).toBe("echo"), { timeout: 30_000 });
    control.socket.close();
    expect(await ended(operation)).toMatchObject({ status: "Success" });
    await data.closed;
  });

  it("waits for nobody once it is cancelled, or its control is gone", async () => {
    for (const cancelled of [true, false]) {
      const { json } = await call(path, "POST", "/1.0/instances/web/console", {});
      const operation: string = json.operation ?? "";
      const { fds } = (json as unknown as { metadata: { metadata: { fds: Record<string, string> } } }).metadata
        .metadata;
      if (cancelled) await call(path, "DELETE", operation);
      else (await connect(path, `${operation}/websocket?secret=${fds.control}`)).socket.terminate();
      expect((await ended(operation))["status"]).toBe(cancelled ? "Cancelled" : "Success");
    }
  });
});

describe("files", () => {
  it("are closed when their client was gone before they were open", async () => {
    const open = services.instances.files;
    let opened = () => {};
    const gone = new Promise<void>((resolve) => {
      opened = resolve;
    });
    services.instances.files = async (project, name) => {
      request.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      opened();
      return open(project, name);
    };
    const request = get({ socketPath: path, path: "/1.0/instances/web/files?path=/x" }).on("error", () => {});
    await gone;
    await vi.waitFor(() => expect(services.openFiles).toBe(0), { timeout: 30_000 });
  });

  it("are closed after every answer, also a failed one", async () => {
    services.files.set("/x", { type: "file", content: "x".repeat(100_000), mode: 0o644 });
    for (const [method, file] of [
      ["GET", "/x"],
      ["GET", "/none"],
      ["DELETE", "/none"],
      ["POST", "/new"],
    ] as const) {
      const url = `/1.0/instances/web/files?path=${file}`;
      if (file === "/x")
        await new Promise((resolve) => get({ socketPath: path, path: url }, (r) => r.resume().on("end", resolve)));
      else await call(path, method, url);
    }
    await vi.waitFor(() => expect(services.openFiles).toBe(0), { timeout: 30_000 });
  });
});

describe("events", () => {
  it("go to who asked for their type and project", async () => {
    const operations = await connect(path, "/1.0/events?type=operation");
    const all = await connect(path, "/1.0/events");
    services.events.lifecycle("instance-started", "/1.0/instances/web");
    services.events.lifecycle("instance-started", "/1.0/instances/x", {}, "other");
    await call(path, "PUT", "/1.0/instances/web/state", { action: "start" });
    await vi.waitFor(() => expect(operations.messages.length).toBeGreaterThan(1), { timeout: 30_000 });
    const types = (c: Connection) => new Set(c.messages.map((m) => (JSON.parse(m) as { type: string }).type));
    expect(types(operations)).toEqual(new Set(["operation"]));
    expect(types(all)).toEqual(new Set(["lifecycle", "operation"]));
    expect(all.messages.filter((m) => m.includes("/instances/x"))).toEqual([]);
    await expect(connect(path, "/1.0/events?type=nonsense")).rejects.toThrow("400");
  });
});

describe("the socket", () => {
  it("is open to root and a group only", async () => {
    expect((await stat(path)).mode & 0o777).toBe(0o660);
  });

  it("replaces a stale one and goes with the server", async () => {
    const second = await createHttpServer({ services, log: silentLog, version: "2", recordings: directory });
    await second.listen(path);
    expect((await call(path, "GET", "/1.0")).json.metadata).toMatchObject({ environment: { server_version: "2" } });
    await second.close();
    expect(await stat(path).catch(() => "gone")).toBe("gone");
  });

  it("answers what is no HTTP with an envelope", async () => {
    const { createConnection } = await import("node:net");
    const socket = createConnection(path);
    const answer = new PassThrough();
    socket.pipe(answer);
    socket.write("nonsense\r\n\r\n");
    expect(await text(answer)).toContain('"code":"request_invalid"');
  });

  it("refuses a path that the system cannot hold", async () => {
    const other = await createHttpServer({ services, log: silentLog, version: "2", recordings: directory });
    await expect(other.listen(`/tmp/${"x".repeat(110)}/unix.socket`)).rejects.toMatchObject({
      code: "daemon_dir_invalid",
    });
    await other.close();
  });
});
