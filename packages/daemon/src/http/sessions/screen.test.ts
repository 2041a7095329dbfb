import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lodge/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeInstance } from "../testing/fake-records.ts";
import { type FakeServices, fakeServices } from "../testing/fake-services.ts";
import { call, connect } from "../testing/unix-client.ts";

let directory: string;
let path: string;
let services: FakeServices;
let server: HttpServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-screen-"));
  path = join(directory, "unix.socket");
  services = fakeServices();
  services.instanceRows.set("vm", fakeInstance("vm", { type: "virtual-machine" }));
  services.instanceRows.set("web", fakeInstance("web"));
  const recordings = join(directory, "rec");
  server = await createHttpServer({ services, log: silentLog, version: "1", recordings, connectTimeout: 500 });
  await server.listen(path);
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function show() {
  const { json } = await call(path, "POST", "/1.0/instances/vm/console", { type: "vga" });
  const operation: string = json.operation ?? "";
  const { metadata } = (
    json as unknown as { metadata: { metadata: { fds: Record<string, string>; protocol: string } } }
  ).metadata;
  const open = (fd: string) => connect(path, `${operation}/websocket?secret=${metadata.fds[fd]}`);
  const ended = async () => (await call(path, "GET", `${operation}/wait?timeout=20`)).json.metadata;
  return { operation, metadata, open, ended };
}

it("shows the screen to any number of viewers until control is closed", async () => {
  const { metadata, open, ended } = await show();
  expect(metadata.protocol).toBe("rfb");
  const control = await open("control");
  const first = await open("0");
  const second = await open("0");
  for (const viewer of [first, second])
    await vi.waitFor(() => expect(viewer.text()).toBe("RFB 003.008\n"), { timeout: 30_000 });
  first.socket.send(Buffer.from("key"));
  await vi.waitFor(() => expect(first.text()).toBe("RFB 003.008\nkey"), { timeout: 30_000 });
  first.socket.close();
  await first.closed;
  const third = await open("0");
  await vi.waitFor(() => expect(third.text()).toBe("RFB 003.008\n"), { timeout: 30_000 });
  expect(second.text()).toBe("RFB 003.008\n");
  control.socket.close();
  expect(await ended()).toMatchObject({ status: "Success" });
  await Promise.all([second.closed, third.closed]);
});

it("ends when it is cancelled", async () => {
  const { operation, open, ended } = await show();
  await open("control");
  const viewer = await open("0");
  expect((await call(path, "DELETE", operation)).status).toBe(200);
  await viewer.closed;
  expect(await ended()).toMatchObject({ status: "Cancelled" });
});

it("does not wait for ever for control", async () => {
  const { open, ended } = await show();
  const viewer = await open("0");
  expect(await ended()).toMatchObject({ status: "Failure", err_code: "timed_out" });
  await viewer.closed;
});

it("closes a viewer to whom the screen cannot be shown, and goes on", async () => {
  services.instances.screen = async () => () => Promise.reject(new Error("no screen"));
  const { open, ended } = await show();
  const control = await open("control");
  await (await open("0")).closed;
  control.socket.close();
  expect(await ended()).toMatchObject({ status: "Success" });
});

it("is refused for containers", async () => {
  const { status, json } = await call(path, "POST", "/1.0/instances/web/console", { type: "vga" });
  expect(status).toBe(501);
  expect(json.metadata).toEqual({ code: "not_supported" });
});
