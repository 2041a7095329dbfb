import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lodge/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "./server.ts";
import { fakeInstance } from "./testing/fake-records.ts";
import { type FakeServices, fakeServices } from "./testing/fake-services.ts";
import { call } from "./testing/unix-client.ts";

let directory: string;
let socketPath: string;
let services: FakeServices;
let server: HttpServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-upgrade-"));
  socketPath = join(directory, "unix.socket");
  services = fakeServices();
  services.instanceRows.set("web", fakeInstance("web"));
  server = await createHttpServer({ services, log: silentLog, version: "1", recordings: directory });
  await server.listen(socketPath);
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const request = (path: string, protocol: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

/** Sends bytes as they are; the socket, and what comes until it holds a text. */
function speak(bytes: string): { socket: Socket; until: (text: string) => Promise<string> } {
  const socket = connect(socketPath);
  let seen = "";
  const listeners = new Set<() => void>();
  socket.on("data", (data: Buffer) => {
    seen += data.toString("latin1");
    for (const listener of listeners) listener();
  });
  socket.write(bytes);
  const until = (text: string) =>
    new Promise<string>((resolve) => {
      const look = () => seen.includes(text) && resolve(seen);
      listeners.add(look);
      look();
    });
  return { socket, until };
}

it("hands the connection over, with what came together with the request", async () => {
  const { socket, until } = speak(`${request("/1.0/instances/web/sftp", "SFTP")}early `);
  await until("early ");
  socket.write("and late");
  expect(await until("and late")).toBe(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sftp\r\n\r\nearly and late",
  );
  expect(services.openFiles).toBe(1);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.end();
  await closed;
  await expect.poll(() => services.openFiles).toBe(0);
});

it("serves files of volumes as well, which are reached by REST, too", async () => {
  await services.volumes.create("default", "default", { name: "data" });
  const url = "/1.0/storage-pools/default/volumes/custom/data";
  const { socket, until } = speak(`${request(`${url}/sftp`, "sftp")}bytes`);
  expect(await until("bytes")).toMatch(/^HTTP\/1.1 101 /);
  socket.destroy();
  services.files.set("/notes", { type: "file", content: "hello", mode: 0o640 });
  expect(await call(socketPath, "DELETE", `${url}/files?path=notes`)).toMatchObject({ status: 200 });
  expect(await call(socketPath, "GET", `${url}/files?path=notes`)).toMatchObject({ status: 404 });
  expect(await call(socketPath, "GET", `${url.replace("data", "none")}/files?path=x`)).toMatchObject({ status: 404 });
});

it.each([
  ["/1.0/instances/none/sftp", "sftp", 404, "instance_not_found"],
  ["/1.0/instances/web/sftp", "h2c", 400, "request_invalid"],
  ["/1.0/instances/web", "sftp", 200, "Success"],
])("answers %s with upgrade %s like any request: %i", async (path, protocol, status, word) => {
  const { socket, until } = speak(request(path, protocol));
  expect(await until(word)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  socket.destroy();
  expect(services.openFiles).toBe(0);
});

it("says what is missing to who does not ask for another protocol", async () => {
  const { status, json } = await call(socketPath, "GET", "/1.0/instances/web/sftp");
  expect([status, json["error"]]).toEqual([400, expect.stringContaining("Upgrade: sftp")]);
});

it("ends with the server", async () => {
  const { socket, until } = speak(request("/1.0/instances/web/sftp", "sftp"));
  await until("101");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await server.close();
  await closed;
});
