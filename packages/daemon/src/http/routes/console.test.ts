import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Caller, silentLog } from "@lodge/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeInstance } from "../testing/fake-records.ts";
import { fakeServices } from "../testing/fake-services.ts";

const directory = mkdtempSync(join(tmpdir(), "lodge-console-"));
const assets = join(directory, "web");
let server: HttpServer;
let caller: Caller;
beforeAll(async () => {
  mkdirSync(join(assets, "assets"), { recursive: true });
  writeFileSync(join(assets, "index.html"), "<!doctype html>");
  writeFileSync(join(assets, "assets", "a-1.js"), "1;".repeat(1000));
  writeFileSync(join(directory, "secret.txt"), "secret");
  const services = fakeServices();
  services.instanceRows.set("web", fakeInstance("web"));
  server = await createHttpServer({
    ...{ services, log: silentLog, version: "1", recordings: directory, identify: () => caller },
    console: { assets, sessions: join(directory, "sessions.json") },
  });
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  caller = { kind: "local" };
});

type Headers = Record<string, string>;
async function ask(method: "GET" | "POST" | "DELETE" | "PUT", url: string, headers: Headers = {}, payload?: object) {
  const answer = await server.app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body, metadata: metadataOf(answer.body) };
}

function metadataOf(body: string): Readonly<Record<string, string>> {
  return body.startsWith("{") ? (JSON.parse(body) as { metadata: Record<string, string> }).metadata : {};
}

/** Headers that a browser sends which has signed in by a link. */
async function signIn(link: object = {}): Promise<Headers> {
  const { metadata } = await ask("POST", "/1.0/lodge/console/link", {}, link);
  caller = { kind: "untrusted" };
  const token = metadata["url"]?.split("#")[1];
  const signedIn = await ask("POST", "/1.0/lodge/console/session", {}, { token });
  expect(signedIn.status).toBe(200);
  const [cookie = ""] = String(signedIn.headers["set-cookie"]).split(";");
  return { cookie, "x-lodge-console": signedIn.metadata["page_key"] ?? "" };
}

describe("the pages", () => {
  it.each(["/ui/", "/ui", "/ui/instances/web/terminal"])(
    "%s is one and the same, under a strict policy",
    async (url) => {
      caller = { kind: "untrusted" };
      const { status, headers, body } = await ask("GET", url);
      expect([status, body, headers["cache-control"]]).toEqual([200, "<!doctype html>", "no-cache"]);
      expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self';");
    },
  );

  it("load files that never change, compressed", async () => {
    const { status, headers } = await ask("GET", "/ui/assets/a-1.js", { "accept-encoding": "gzip" });
    expect([status, headers["content-encoding"]]).toEqual([200, "gzip"]);
    expect(headers["cache-control"]).toContain("immutable");
  });

  it.each(["/ui/none.js", "/ui/../secret.txt", "/ui/%2e%2e/secret.txt", "/ui/..%2Fsecret.txt"])(
    "are nothing else: %s",
    async (url) => expect((await ask("GET", url)).status).toBe(404),
  );

  it("are where browsers are led to, and no other clients", async () => {
    expect((await ask("GET", "/", { accept: "text/html,*/*" })).headers["location"]).toBe("/ui/");
    expect((await ask("GET", "/", { accept: "*/*" })).body).toContain('"/1.0"');
  });
});

describe("a session", () => {
  it("has the rights of whoever made the link", async () => {
    const headers = await signIn();
    expect((await ask("GET", "/1.0/lodge/console/session", headers)).metadata).toMatchObject({
      role: "admin",
      by: "session",
    });
    expect((await ask("GET", "/1.0/warnings", headers)).status).toBe(200);
  });

  it("has fewer when the link says so, and hands itself on to nobody", async () => {
    const headers = await signIn({ role: "viewer" });
    expect((await ask("GET", "/1.0/instances/web", headers)).status).toBe(200);
    expect((await ask("PUT", "/1.0/instances/web/state", headers, { action: "stop" })).status).toBe(403);
    expect((await ask("POST", "/1.0/lodge/console/link", headers, {})).status).toBe(403);
  });

  it("is opened by its cookie and its key together alone, and by no other site's page", async () => {
    const { cookie = "", "x-lodge-console": key = "" } = await signIn();
    const status = async (headers: Headers) => (await ask("GET", "/1.0/instances", headers)).status;
    expect(await status({ cookie })).toBe(403);
    expect(await status({ "x-lodge-console": key })).toBe(403);
    expect(await status({ cookie, "x-lodge-console": key })).toBe(200);
    expect(await status({ cookie, "x-lodge-console": key, host: "h", origin: "http://evil.example" })).toBe(403);
    expect(await status({ cookie, "x-lodge-console": key, host: "h", origin: "http://h" })).toBe(200);
  });

  it("ends by signing out", async () => {
    const headers = await signIn();
    expect((await ask("DELETE", "/1.0/lodge/console/session", headers)).headers["set-cookie"]).toContain("Max-Age=0");
    expect((await ask("GET", "/1.0/instances", headers)).status).toBe(403);
    expect((await ask("GET", "/1.0/lodge/console/session", headers)).metadata).toEqual({});
  });
});

it("lets no page of another site use the socket where a port is forwarded to it", async () => {
  const status = async (headers: Headers) => (await ask("GET", "/1.0/instances", headers)).status;
  expect(await status({ host: "localhost:8080", origin: "http://localhost:8080" })).toBe(200);
  expect(await status({ host: "localhost:8080", origin: "http://evil.example" })).toBe(403);
  expect(await status({ host: "evil.example", origin: "http://evil.example" })).toBe(403);
});

it.each<[Caller, object]>([
  [{ kind: "local" }, { role: "admin", by: "socket" }],
  [
    { kind: "trusted", fingerprint: "ab", name: "laptop" },
    { role: "admin", by: "certificate" },
  ],
  [
    { kind: "restricted", fingerprint: "ab", name: "ci", role: "operator", projects: ["a"] },
    { role: "operator", projects: ["a"], by: "certificate" },
  ],
  [{ kind: "metrics", fingerprint: "ab", name: "scraper" }, {}],
])("knows who needs no link: %o", async (who, user) => {
  caller = who;
  expect((await ask("GET", "/1.0/lodge/console/session")).metadata).toEqual(user);
});

it("gives strangers no links", async () => {
  caller = { kind: "untrusted" };
  expect((await ask("POST", "/1.0/lodge/console/link", {}, {})).status).toBe(403);
  expect((await ask("POST", "/1.0/lodge/console/session", {}, { token: "guess" })).status).toBe(403);
});
