/** HTTPS as it is served: a real listener, certificates by openssl, and clients that have some. */

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { type AddressInfo, createServer, connect as plainConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { connect } from "node:tls";
import { certificateCommand } from "@lodge/api";
import { readCertificate, silentLog } from "@lodge/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { run } from "../system/run.ts";
import { serverCertificateIn } from "../system/server-certificate.ts";
import { identifyBy } from "./access/identify.ts";
import { createHttpServer, type HttpServer } from "./server.ts";
import { type FakeServices, fakeServices } from "./testing/fake-services.ts";

interface Client {
  readonly key: string;
  readonly cert: string;
}

let directory: string;
let files: { serverCertificate: string; serverKey: string; staging: string };
let clients: Record<"a" | "b", Client>;
let port: number;
let services: FakeServices;
let server: HttpServer;
let now = () => new Date();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-https-"));
  files = {
    serverCertificate: join(directory, "server.crt"),
    serverKey: join(directory, "server.key"),
    staging: join(directory, "staging"),
  };
  await mkdir(files.staging);
  clients = { a: await newClient("a"), b: await newClient("b") };
  port = await freePort();
  services = fakeServices();
  const config = { get: async () => ({ "core.https_address": `127.0.0.1:${port}` }), update: services.config.update };
  Object.assign(services, { config });
  const certificate = serverCertificateIn(files);
  const identify = identifyBy(services.certificates, () => now());
  const bounds = { handshake: 500, headers: 500, strangersBody: 500, strangersIdle: 1500, all: 50, strangers: 5 };
  server = await createHttpServer({
    services,
    log: silentLog,
    version: "1",
    recordings: join(directory, "recordings"),
    certificate,
    identify,
    bounds,
  });
  await server.listen(join(directory, "socket"));
  await server.listenHttps();
});
afterAll(async () => {
  await server?.close();
  await rm(directory, { recursive: true, force: true });
});
afterEach(async () => {
  for (const { fingerprint } of services.certificates.list()) await services.certificates.remove(fingerprint);
});

async function newClient(name: string): Promise<Client> {
  const [keyFile, certificateFile] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const configFile = join(directory, `${name}.cnf`);
  const { args, config } = certificateCommand({ name, use: "client", keyFile, certificateFile, configFile });
  await writeFile(configFile, config);
  await run("openssl", args);
  return { key: await readFile(keyFile, "utf8"), cert: await readFile(certificateFile, "utf8") };
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port: free } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return free;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly metadata: Record<string, unknown>; readonly error: string };
}

function ask(client: Client | undefined, method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = { host: "127.0.0.1", port, method, path, headers, agent: false, rejectUnauthorized: false };
  const outgoing = request({ ...options, ...client }, (response) => {
    json(response).then(
      (answer) => resolve({ status: response.statusCode ?? 0, body: answer as Answer["body"] }),
      reject,
    );
  });
  outgoing.on("error", reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

/** By somebody on the unix socket. */
async function issue(grant: object): Promise<{ token: string; operation: string }> {
  const answer = await server.app.inject({
    method: "POST",
    url: "/1.0/certificates",
    payload: { token: true, ...grant },
  });
  const { metadata, operation } = answer.json() as {
    metadata: { metadata: Record<string, string> };
    operation: string;
  };
  const { secret, fingerprint, addresses } = metadata.metadata;
  const token = { client_name: "", fingerprint, addresses, secret };
  return { token: Buffer.from(JSON.stringify(token)).toString("base64"), operation };
}

const denied = { status: 403, body: { metadata: { code: "permission_denied" } } };
const trust = (client: Client, more = {}) => services.certificates.add({ certificate: client.cert, ...more });

describe("strangers", () => {
  test.each([
    ["without a certificate", undefined],
    ["with one", "a" as const],
  ])("%s see what is public", async (_how, name) => {
    const client = name && clients[name];
    expect(await ask(client, "GET", "/1.0")).toMatchObject({ status: 200, body: { metadata: { auth: "untrusted" } } });
    expect(await ask(client, "GET", "/1.0/instances")).toMatchObject(denied);
    expect(await ask(client, "PUT", "/1.0", { config: {} })).toMatchObject(denied);
  });

  test("speak TLS 1.3", async () => {
    const failure = await new Promise<Error | undefined>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, maxVersion: "TLSv1.2", rejectUnauthorized: false });
      socket.once("error", resolve);
      socket.once("secureConnect", () => resolve(undefined));
    });
    expect(failure?.message).toContain("alert protocol version");
  });

  test("get no websocket of events", async () => {
    await expect(events(clients.a)).rejects.toThrow("403");
  });
});

function events(client: Client): Promise<WebSocket> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/1.0/events`, { ...client, rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}

describe("strangers who are slow", () => {
  /** Sends some bytes inside TLS, or none at all, and says how it ends. */
  async function held(bytes: string | undefined): Promise<string> {
    const socket =
      bytes === undefined
        ? plainConnect(port, "127.0.0.1")
        : connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    if (bytes !== undefined) socket.once("secureConnect", () => socket.write(bytes));
    await new Promise((resolve) => socket.once("close", resolve));
    return answer.split("\r\n")[0] ?? "";
  }

  test.each([
    ["before the handshake", undefined, ""],
    ["before a request", "", expect.stringMatching(/^(HTTP\/1.1 4\d\d .*)?$/)],
    ["in the headers", "GET /1.0 HTTP/1.1\r\nHost: x\r\nX-Slow: ", expect.stringMatching(/^(HTTP\/1.1 4\d\d .*)?$/)],
    ["in the body", "POST /1.0/certificates HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", ""],
    ["after an answer", "GET /1.0 HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK"],
  ])("%s are cut off", async (_where, bytes, answer) => {
    expect(await held(bytes)).toEqual(answer);
  });

  test("leave room for those who are trusted", async () => {
    await trust(clients.a);
    /** Whether somebody comes in while eight strangers stand in the door. */
    const crowded = async (client: Client | undefined): Promise<boolean> => {
      const idle = Array.from({ length: 8 }, () => connect({ host: "127.0.0.1", port, rejectUnauthorized: false }));
      for (const socket of idle) socket.on("error", () => undefined);
      await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once("secureConnect", resolve))));
      const answer = await ask(client, "GET", "/1.0").catch(() => undefined);
      for (const socket of idle) socket.destroy();
      return answer === undefined;
    };
    expect(await crowded(clients.a)).toBe(false);
    // They do not stand there for long: on a busy machine they may be gone before he comes.
    await expect.poll(() => crowded(undefined), { timeout: 20_000 }).toBe(true);
  });
});

describe("tokens", () => {
  test("make a client trusted as they say, once", async () => {
    const { token, operation } = await issue({ name: "ci", restricted: true, projects: ["default"], role: "viewer" });
    expect(await ask(clients.a, "POST", "/1.0/certificates", { password: token, type: "" })).toMatchObject({
      status: 201,
    });
    const [ci] = services.certificates.list();
    expect(ci).toMatchObject({ name: "ci", restricted: true, projects: ["default"], role: "viewer" });
    expect(await ask(clients.a, "GET", "/1.0")).toMatchObject({ body: { metadata: { auth: "trusted", config: {} } } });
    expect((await ask(clients.a, "GET", "/1.0/instances")).status).toBe(200);
    expect(await ask(clients.a, "GET", "/1.0/networks/x/leases")).toMatchObject(denied);
    expect((await ask(clients.a, "GET", operation)).status).toBe(404);
    const again = await ask(clients.b, "POST", "/1.0/certificates", { trust_token: token, type: "client" });
    expect(again).toMatchObject({ status: 403, body: { metadata: { code: "trust_refused" } } });
    const known = await ask(clients.a, "POST", "/1.0/certificates", { trust_token: token });
    expect(known).toMatchObject({ status: 409 });
  });

  test("that are tried out are slowed down", async () => {
    for (let i = 0; i < 5; i++) await ask(clients.b, "POST", "/1.0/certificates", { password: `guess ${i}` });
    const { token } = await issue({ name: "late" });
    const answer = await ask(clients.b, "POST", "/1.0/certificates", { password: token });
    expect(answer).toMatchObject({ status: 503, body: { metadata: { code: "trust_attempts_exceeded" } } });
    expect(services.certificates.list()).toEqual([]);
  });

  test("need a certificate to trust, and a body of some size", async () => {
    const { token } = await issue({ name: "x" });
    expect(await ask(undefined, "POST", "/1.0/certificates", { password: token })).toMatchObject({ status: 400 });
    const large = ask(clients.b, "POST", "/1.0/certificates", { password: "x".repeat(100_000) });
    await expect(large).resolves.toMatchObject({ status: 400 });
  });
});

describe("certificates", () => {
  test("are looked up for each request, and lose their websockets", async () => {
    const { fingerprint } = await trust(clients.a);
    const socket = await events(clients.a);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    await services.certificates.update(fingerprint, (current) => ({ ...current, name: "other" }));
    expect(socket.readyState).toBe(socket.OPEN);
    await services.certificates.remove(fingerprint);
    await closed;
    expect(await ask(clients.a, "GET", "/1.0/instances")).toMatchObject(denied);
  });

  test("of restricted callers are renewed by themselves, and changed by others", async () => {
    const { fingerprint } = await trust(clients.a, { restricted: true, projects: ["default"], role: "viewer" });
    const path = `/1.0/certificates/${fingerprint}`;
    expect((await ask(clients.a, "GET", "/1.0/certificates")).body.metadata).toEqual([path]);
    const wish = { restricted: false, role: "manager", projects: ["web"], certificate: clients.b.cert };
    expect((await ask(clients.a, "PUT", path, wish)).status).toBe(200);
    const after = readCertificate(clients.b.cert).fingerprint;
    expect(services.certificates.list()).toMatchObject([{ fingerprint: after, role: "viewer", projects: ["default"] }]);
    expect(await ask(clients.b, "POST", "/1.0/certificates", { certificate: clients.a.cert })).toMatchObject(denied);
    expect(await ask(clients.b, "POST", "/1.0/certificates", { token: true })).toMatchObject(denied);
    expect((await ask(clients.b, "DELETE", `/1.0/certificates/${after}`)).status).toBe(200);
  });

  test("are worth nothing before and after their time", async () => {
    await trust(clients.a);
    for (const [year, status] of [
      [2020, 403],
      [2200, 403],
      [undefined, 200],
    ] as const) {
      now = () => (year === undefined ? new Date() : new Date(`${year}-01-01`));
      expect((await ask(clients.a, "GET", "/1.0/instances")).status).toBe(status);
    }
  });

  test("are restricted, and not any more", async () => {
    const { fingerprint } = await trust(clients.a, { restricted: true, projects: ["default"], role: "viewer" });
    const change = (payload: object) =>
      server.app.inject({ method: "PATCH", url: `/1.0/certificates/${fingerprint}`, payload });
    expect((await ask(clients.a, "GET", "/1.0")).body.metadata).toMatchObject({ auth_user_name: fingerprint });
    expect((await change({ restricted: false })).statusCode).toBe(200);
    expect(services.certificates.list()).toMatchObject([{ restricted: false, projects: [] }]);
    expect((await change({ projects: ["default"] })).statusCode).toBe(400);
  });

  test("stand in the events of what was done with them", async () => {
    const { fingerprint } = await trust(clients.a);
    const requestors: unknown[] = [];
    const end = services.events.subscribe(({ type, metadata }) => {
      if (type === "lifecycle") requestors.push((metadata as { requestor?: unknown }).requestor);
    });
    const path = `/1.0/certificates/${fingerprint}`;
    expect((await ask(clients.a, "PATCH", path, { name: "renamed" })).status).toBe(200);
    await server.app.inject({ method: "PATCH", url: path, payload: { name: "again" } });
    end();
    expect(requestors).toEqual([
      { username: fingerprint, protocol: "tls", address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      { username: "", protocol: "unix", address: "@" },
    ]);
  });

  test("of browsers serve no other site", async () => {
    await trust(clients.a);
    const from = (origin: string) => ask(clients.a, "GET", "/1.0/instances", undefined, { origin });
    expect(await from("https://elsewhere.example")).toMatchObject(denied);
    expect((await from(`https://127.0.0.1:${port}`)).status).toBe(200);
  });
});

describe("the address", () => {
  const change = (address: string) =>
    server.app.inject({ method: "PUT", url: "/1.0", payload: { config: { "core.https_address": address } } });

  test("changes at once, or not at all", async () => {
    Object.assign(services.config, {
      update: async (made: (config: object) => Record<string, string>, apply: (config: object) => Promise<void>) =>
        apply(made({})),
    });
    const before = port;
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port: other } = taken.address() as AddressInfo;
    expect((await change(`127.0.0.1:${other}`)).json()).toMatchObject({ metadata: { code: "listen_failed" } });
    expect((await ask(undefined, "GET", "/1.0")).status).toBe(200);
    await new Promise((resolve) => taken.close(resolve));
    expect((await change(`127.0.0.1:${other}`)).statusCode).toBe(200);
    await expect(ask(undefined, "GET", "/1.0")).rejects.toThrow("ECONNREFUSED");
    port = other;
    expect((await ask(undefined, "GET", "/1.0")).status).toBe(200);
    // The same port of all addresses.
    expect((await change(`:${other}`)).statusCode).toBe(200);
    expect((await ask(undefined, "GET", "/1.0")).status).toBe(200);
    port = before;
    expect((await change(`127.0.0.1:${before}`)).statusCode).toBe(200);
  });
});

test("the server's certificate is made once, for its owner alone, and again when it is asked for", async () => {
  const known = await serverCertificateIn(files).current();
  expect((await stat(files.serverKey)).mode & 0o777).toBe(0o600);
  expect(await shownCertificate()).toBe(known.fingerprint);
  const answer = await server.app.inject({ method: "POST", url: "/1.0/lodge/certificate" });
  const { fingerprint } = (answer.json() as { metadata: { fingerprint: string } }).metadata;
  expect(fingerprint).not.toBe(known.fingerprint);
  expect(await shownCertificate()).toBe(fingerprint);
  await trust(clients.a);
  expect((await ask(clients.a, "GET", "/1.0/instances")).status).toBe(200);
  expect((await serverCertificateIn(files).current()).fingerprint).toBe(fingerprint);
});

function shownCertificate(): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256.replaceAll(":", "").toLowerCase());
      socket.destroy();
    });
  });
}
