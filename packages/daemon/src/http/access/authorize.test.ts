import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Caller, silentLog } from "@lodge/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { shownUrls } from "../query.ts";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeFingerprint, fakeImage, fakeInstance } from "../testing/fake-records.ts";
import { type FakeServices, fakeServices } from "../testing/fake-services.ts";
import { canonicalPath, rightOf, routeRights } from "./route-rights.ts";

let directory: string;
let services: FakeServices;
let server: HttpServer;
let caller: Caller;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-access-"));
  services = fakeServices();
  const identify = () => caller;
  server = await createHttpServer({ services, log: silentLog, version: "1", recordings: directory, identify });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  caller = { kind: "untrusted" };
});

const byText = (a = "", b = "") => a.localeCompare(b);
type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
type Json = Readonly<Record<string, never>>;
async function ask(method: Method, url: string, body?: unknown, headers: Record<string, string> = {}) {
  const payload = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const answer = await server.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    json: (answer.body === "" ? {} : answer.json()) as Json,
  };
}
const refused = { status: 403, json: { metadata: { code: "permission_denied" } } };
const restricted = (role: "viewer" | "operator" | "manager", ...projects: string[]): Caller => ({
  ...{ kind: "restricted", fingerprint: "ab", name: "ci", role, projects },
});

const rights = Object.entries(routeRights).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, right]) => ({ method: method as Method, path, right })),
);
const filled = (path: string): string =>
  path.replace(":id", crypto.randomUUID()).replaceAll(/:\w+/g, "x").replace("*", "x");

describe("the table of rights", () => {
  it("has an entry for every route: one without cannot be made", () => {
    expect(() => rightOf("GET", "/1.0/nothing")).toThrow("route-rights.ts");
    expect(() => rightOf("PATCH", "/1.0/events")).toThrow("route-rights.ts");
    expect(canonicalPath("/1.0/virtual-machines/:name/exec")).toBe("/1.0/instances/:name/exec");
    expect(canonicalPath("/1.0/containers/")).toBe("/1.0/instances");
    expect(canonicalPath("/")).toBe("/");
  });

  it.each(rights)("has no entry without a route: $method $path", ({ method, path }) => {
    expect(server.app.hasRoute({ method, url: path }) || server.app.hasRoute({ method, url: `${path}/` })).toBe(true);
  });
});

describe("strangers", () => {
  it.each(rights.filter(({ right }) => right !== "public"))("may not $method $path", async ({ method, path }) => {
    const answer = await ask(method, filled(path), "not even JSON");
    // There is no body to an answer to HEAD.
    expect(answer).toMatchObject({
      ...(method === "HEAD" ? { status: 403 } : refused),
      headers: { connection: "close" },
    });
  });

  it.each(["containers", "virtual-machines"])("may not list %s", async (noun) => {
    expect(await ask("GET", `/1.0/${noun}`)).toMatchObject(refused);
  });

  it("see that they are strangers, and nothing of the host", async () => {
    const { json } = await ask("GET", "/1.0");
    expect(json).toMatchObject({ metadata: { auth: "untrusted", auth_methods: ["tls"] } });
    expect(json["metadata"]).not.toHaveProperty("environment");
    expect(json["metadata"]).not.toHaveProperty("config");
  });

  it("see public images", async () => {
    const [open, closed] = [fakeFingerprint(), fakeFingerprint()];
    services.imageRows.set(open, { ...fakeImage(open), public: true });
    services.imageRows.set(closed, { ...fakeImage(closed), public: false });
    expect((await ask("GET", "/1.0/images")).json["metadata"]).toEqual([`/1.0/images/${open}`]);
    expect((await ask("GET", `/1.0/images/${open}`)).status).toBe(200);
    for (const path of [closed, closed.slice(0, 20), `${closed}/export`])
      expect((await ask("GET", `/1.0/images/${path}`)).status).toBe(404);
  });
});

describe("scrapers", () => {
  const scraper = (...projects: string[]): Caller => ({
    ...{ kind: "metrics", fingerprint: "ab", name: "prometheus" },
    ...(projects.length > 0 && { projects }),
  });
  const scrape = async (query = "") => {
    const { statusCode, headers, body } = await server.app.inject({ method: "GET", url: `/1.0/metrics${query}` });
    const of = [...body.matchAll(/project="(\w+)"/g)].map(([, project]) => project).toSorted(byText);
    return { status: statusCode, type: headers["content-type"], of, server: body.includes("lxd_uptime_seconds") };
  };

  it("measure what they are trusted with, and are strangers elsewhere", async () => {
    const rows = [fakeInstance("a"), fakeInstance("b", { project: "other" })];
    for (const each of rows) services.instanceRows.set(each.name, each);
    const type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    const all = { status: 200, type, of: ["default", "other"], server: true };
    caller = scraper();
    expect(await scrape()).toEqual(all);
    expect(await scrape("?project=default")).toMatchObject({ status: 200, of: ["default"] });
    expect(await ask("GET", "/1.0/instances")).toMatchObject(refused);
    expect((await ask("GET", "/1.0")).json).toMatchObject({ metadata: { auth: "untrusted" } });
    caller = scraper("other");
    expect(await scrape()).toEqual({ ...all, of: ["other"], server: false });
    expect((await scrape("?project=default")).status).toBe(403);
    caller = restricted("viewer", "default");
    expect(await scrape()).toEqual({ ...all, of: ["default"], server: false });
    caller = { kind: "local" };
    expect(await scrape()).toEqual(all);
    for (const { name } of rows) services.instanceRows.delete(name);
  });
});

describe("usage", () => {
  it("is of the projects that a caller may see, and of the host for those who have everything", async () => {
    const rows = [fakeInstance("a"), fakeInstance("b", { project: "other" })];
    for (const each of rows) services.instanceRows.set(each.name, each);
    const seen = async (query = "") => {
      const { status, json } = await ask("GET", `/1.0/usage${query}`);
      const { host, instances } = (json["metadata"] ?? {}) as unknown as {
        host: unknown;
        instances?: { name: string }[];
      };
      return [status, host !== null && host !== undefined, instances?.map(({ name }) => name)];
    };
    caller = { kind: "local" };
    expect(await seen("?all-projects=true")).toEqual([200, true, ["a", "b"]]);
    expect(await seen()).toEqual([200, true, ["a"]]);
    caller = restricted("viewer", "other");
    expect(await seen("?all-projects=true")).toEqual([200, false, ["b"]]);
    expect((await seen())[0]).toBe(403);
    expect(await ask("GET", "/1.0/history")).toMatchObject(refused);
    for (const { name } of rows) services.instanceRows.delete(name);
  });

  it("is read by anybody as metrics where the server says so", async () => {
    const { config } = services;
    Object.assign(services, { config: { ...config, get: async () => ({ "core.metrics_authentication": "false" }) } });
    const { statusCode, body } = await server.app.inject({ method: "GET", url: "/1.0/metrics" });
    Object.assign(services, { config });
    expect([statusCode, body.includes("lxd_uptime_seconds")]).toEqual([200, true]);
    expect((await ask("GET", "/1.0/metrics")).status).toBe(403);
  });
});

describe("an image's secret", () => {
  it("opens it to strangers, and no other", async () => {
    const [one, other] = [fakeFingerprint(), fakeFingerprint()];
    for (const each of [one, other]) services.imageRows.set(each, fakeImage(each));
    const issue = () => ask("POST", `/1.0/images/${one}/secret`);
    expect(await issue()).toMatchObject(refused);
    caller = { kind: "local" };
    const { json, status } = await issue();
    const { secret } = (json["metadata"] as unknown as { metadata: { secret: string } }).metadata;
    expect([status, secret.length]).toEqual([202, 64]);
    caller = { kind: "untrusted" };
    expect((await ask("GET", `/1.0/images/${one}?secret=${secret}`)).status).toBe(200);
    for (const path of [one, `${one}?secret=x`, `${other}?secret=${secret}`, `${other}/export?secret=${secret}`])
      expect((await ask("GET", `/1.0/images/${path}`)).status).toBe(404);
  });
});

describe("an image that is to be sent", () => {
  const json = { "content-type": "application/json" };
  it("is taken of a stranger who knows the secret, once, who then sees what becomes of it and nothing else", async () => {
    const fingerprint = createHash("sha256").update("an image").digest("hex");
    const asked = { source: { mode: "push", fingerprint }, public: true, aliases: [{ name: "sent" }] };
    expect(await ask("POST", "/1.0/images", asked, json)).toMatchObject(refused);
    caller = { kind: "local" };
    const expected = await ask("POST", "/1.0/images", asked, json);
    const token = expected.json["metadata"] as unknown as { class: string; metadata: { secret: string } };
    expect(token.class).toBe("token");
    caller = { kind: "untrusted" };
    const shown = { "x-lxd-fingerprint": fingerprint, "x-lxd-secret": token.metadata.secret };
    const plain = { "content-type": "application/octet-stream" };
    expect(await ask("POST", "/1.0/images", "an image", { ...plain, ...shown, "x-lxd-secret": "x" })).toMatchObject(
      refused,
    );
    const sent = await ask("POST", "/1.0/images", "an image", { ...plain, ...shown });
    const begun = sent.json["metadata"] as unknown as { id: string; metadata: { secret: string } };
    expect(sent.status).toBe(202);
    const wait = `/1.0/operations/${begun.id}/wait`;
    for (const path of [wait, `${wait}?secret=x`, `/1.0/operations/${begun.id}?secret=${begun.metadata.secret}`])
      expect(await ask("GET", path)).toMatchObject(refused);
    expect(await ask("GET", `${wait}?secret=${begun.metadata.secret}`)).toMatchObject({
      json: { metadata: { status: "Success" } },
    });
    expect(await ask("POST", "/1.0/images", "an image", { ...plain, ...shown })).toMatchObject(refused);
  });

  it("is whole, and no request for another thing", async () => {
    const fingerprint = "ab".repeat(32);
    for (const source of [
      { type: "instance", name: "web" },
      { type: "image", server: "https://192.0.2.1" },
    ]) {
      caller = { kind: "local" };
      const token = await ask("POST", "/1.0/images", { source: { mode: "push", fingerprint } }, json);
      const { secret } = (token.json["metadata"] as unknown as { metadata: { secret: string } }).metadata;
      caller = { kind: "untrusted" };
      expect(
        await ask(
          "POST",
          "/1.0/images",
          { source },
          { ...json, "x-lxd-fingerprint": fingerprint, "x-lxd-secret": secret },
        ),
      ).toMatchObject({
        ...{ status: 400, json: { metadata: { code: "image_invalid" } } },
      });
    }
  });
});

describe("restricted callers", () => {
  it("see their projects and no others", async () => {
    caller = restricted("viewer", "default");
    expect((await ask("GET", "/1.0/instances")).status).toBe(200);
    expect(await ask("GET", "/1.0/instances?project=other")).toMatchObject(refused);
    caller = restricted("manager", "other");
    expect(await ask("GET", "/1.0/instances")).toMatchObject(refused);
    expect((await ask("GET", "/1.0/instances?all-projects=true")).json["metadata"]).toEqual([]);
    expect((await ask("GET", "/1.0/profiles?all-projects=true")).json["metadata"]).toEqual([]);
    expect((await ask("GET", "/1.0/projects")).json["metadata"]).toEqual([]);
    expect(await ask("GET", "/1.0/projects/default")).toMatchObject(refused);
  });

  it("do nothing in a project that is not theirs by way of what all share", async () => {
    caller = restricted("manager", "default");
    const publish = { source: { type: "instance", name: "web" } };
    expect(await ask("POST", "/1.0/images?project=other", publish)).toMatchObject(refused);
    expect(await ask("GET", "/1.0/networks?project=other")).toMatchObject(refused);
    expect((await ask("GET", "/1.0/networks")).status).toBe(200);
    const users = ["/1.0/instances/a", "/1.0/instances/b?project=other", "/1.0/profiles/c?project=default"];
    expect(shownUrls(caller, users)).toEqual([users[0], users[2]]);
    expect(shownUrls({ kind: "local" }, users)).toEqual(users);
  });

  it("may what their role may", async () => {
    caller = restricted("viewer", "default");
    expect(await ask("PUT", "/1.0/instances/web/state", { action: "stop" })).toMatchObject(refused);
    expect(await ask("GET", "/1.0/instances/web/files?path=/etc/shadow")).toMatchObject(refused);
    caller = restricted("operator", "default");
    expect((await ask("PUT", "/1.0/instances/web/state", { action: "stop" })).status).not.toBe(403);
    expect(await ask("DELETE", "/1.0/instances/web")).toMatchObject(refused);
    caller = restricted("manager", "default");
    expect((await ask("DELETE", "/1.0/instances/none")).status).toBe(404);
    for (const path of ["/1.0", "/1.0/networks/x", "/1.0/storage-pools/x"])
      expect(await ask("PUT", path, {})).toMatchObject(refused);
  });

  it("do not reach the host", async () => {
    caller = restricted("manager", "default");
    const devices = { mnt: { type: "disk", source: "/", path: "/mnt" } };
    for (const body of [{ devices }, { config: { "security.privileged": "true" } }])
      for (const path of ["/1.0/instances", "/1.0/profiles"])
        expect(await ask("POST", path, { name: "x", ...body })).toMatchObject(refused);
    expect(await ask("PATCH", "/1.0/instances/web", { devices })).toMatchObject(refused);
    const backup = { "content-type": "application/octet-stream" };
    expect(await ask("POST", "/1.0/instances", "a backup", backup)).toMatchObject(refused);
    const source = { type: "copy", source: "web", project: "other" };
    expect(await ask("POST", "/1.0/instances", { name: "x", source })).toMatchObject(refused);
  });

  it("send, but neither bring what comes from other servers nor choose where the server connects to", async () => {
    caller = restricted("manager", "default");
    const operation = "https://192.0.2.1/1.0/operations/x";
    const asked = (source: object) => ({ name: "x", source: { type: "migration", ...source } });
    for (const path of ["instances", "storage-pools/default/volumes", "storage-pools/default/volumes/custom"])
      expect(await ask("POST", `/1.0/${path}`, asked({ mode: "pull", operation }))).toMatchObject(refused);
    expect(await ask("POST", "/1.0/instances", asked({ mode: "push" }))).toMatchObject(refused);
    services.instanceRows.set("sent", fakeInstance("sent"));
    expect(await ask("POST", "/1.0/instances/sent", { migration: true, target: { operation } })).toMatchObject(refused);
    expect(await ask("POST", "/1.0/instances/sent", { migration: true })).toMatchObject({ status: 202 });
    const target = { target: "https://192.0.2.1:8443", secret: "x" };
    expect(await ask("POST", `/1.0/images/${fakeFingerprint()}/export`, target)).toMatchObject(refused);
  });

  it("copy no volumes of projects that are not theirs", async () => {
    caller = restricted("manager", "default");
    const volume = { name: "x", source: { type: "copy", name: "data", project: "other" } };
    for (const path of ["volumes", "volumes/custom"])
      expect(await ask("POST", `/1.0/storage-pools/default/${path}`, volume)).toMatchObject(refused);
  });

  it("do not see what the server is configured to", async () => {
    caller = restricted("manager", "default");
    expect((await ask("GET", "/1.0")).json).toMatchObject({ metadata: { auth: "trusted", config: {} } });
  });

  it("see operations of their projects", async () => {
    const begin = (project: string) =>
      services.operations.begin({ description: "x", resources: {}, project }, async () => undefined);
    const [own, other] = [await begin("default"), await begin("other")];
    caller = restricted("viewer", "default");
    expect((await ask("GET", `/1.0/operations/${own.id}`)).status).toBe(200);
    expect(await ask("GET", `/1.0/operations/${other.id}`)).toMatchObject(refused);
    expect(await ask("DELETE", `/1.0/operations/${own.id}`)).toMatchObject(refused);
    const listed = JSON.stringify((await ask("GET", "/1.0/operations?all-projects=true")).json);
    expect([listed.includes(own.id), listed.includes(other.id)]).toEqual([true, false]);
  });
});
