import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lodge/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createHttpServer, type HttpServer } from "./server.ts";
import { fakeFingerprint, fakeImage, fakeInstance, fakeSnapshot } from "./testing/fake-records.ts";
import { type FakeServices, fakeServices } from "./testing/fake-services.ts";

let directory: string;
let services: FakeServices;
let server: HttpServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-http-"));
  services = fakeServices();
  server = await createHttpServer({ services, log: silentLog, version: "1.2.3", recordings: directory });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  services.changes.length = 0;
  services.imageRows.clear();
  services.instanceRows.clear();
  services.snapshotRows.clear();
  services.snapshotRows.set("web", [fakeSnapshot("snap0")]);
  services.instanceRows.set("web", fakeInstance("web", { config: { "user.role": "test" } }));
  services.instanceRows.set("db", fakeInstance("db", { type: "virtual-machine", status: "Stopped", status_code: 102 }));
});

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

async function ask(method: Method, url: string, body?: unknown, headers: Record<string, string> = {}) {
  const payload = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const answer = await server.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  const json = () => answer.json() as { metadata: never } & Record<string, never>;
  return { status: answer.statusCode, headers: answer.headers, raw: answer.rawPayload, json, body: answer.body };
}

async function metadata(method: Method, url: string, body?: unknown): Promise<unknown> {
  return (await ask(method, url, body)).json().metadata;
}

function expectRefused(answer: Awaited<ReturnType<typeof ask>>, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(answer.json()).toMatchObject({ type: "error", error_code: status, metadata: { code } });
  expect(answer.json().error).not.toBe("");
}

describe("backups", () => {
  const binary = { accept: "application/octet-stream" };
  const backup = { "content-type": "application/octet-stream" };

  it("are listed, kept, fetched, renamed and removed", async () => {
    expect(await metadata("GET", "/1.0/instances/web/backups")).toEqual(["/1.0/instances/web/backups/backup0"]);
    expect(await metadata("GET", "/1.0/instances/web/backups?recursion=1")).toMatchObject([{ name: "backup0" }]);
    expect(await metadata("GET", "/1.0/instances/web/backups/backup0")).toMatchObject({ instance_only: false });
    expect((await ask("POST", "/1.0/instances/web/backups", { name: "", instance_only: true })).status).toBe(202);
    expect((await ask("POST", "/1.0/instances/web/backups/backup0", { name: "b" })).status).toBe(202);
    expect((await ask("DELETE", "/1.0/containers/web/backups/backup0")).status).toBe(202);
    const fetched = await ask("GET", "/1.0/instances/web/backups/backup0/export");
    expect([fetched.body, fetched.headers["content-type"]]).toEqual(["kept", "application/octet-stream"]);
    expect(services.changes).toEqual([
      { name: "", instance_only: true },
      { backup: "backup0", name: "b" },
      { removed: "backup0" },
    ]);
  });

  it("are streams for who wants that", async () => {
    const answer = await ask("POST", "/1.0/instances/web/backups", { compression_algorithm: "gzip" }, binary);
    expect(answer.body).toBe('made {"compression_algorithm":"gzip"}');
    expectRefused(await ask("POST", "/1.0/instances/none/backups", {}, binary), 404, "instance_not_found");
    const strange = { compression_algorithm: "rot13" };
    expectRefused(await ask("POST", "/1.0/instances/web/backups", strange, binary), 400, "request_invalid");
  });

  it("become instances", async () => {
    const said = {
      "x-lxd-name": "again",
      "x-incus-pool": "fast",
      "x-lxd-config": "user.a=b",
      "x-lxd-devices": "root=size%3D1GiB",
    };
    const answer = await ask("POST", "/1.0/instances", "a backup", { ...backup, ...said });
    expect(answer.status).toBe(202);
    expect(answer.json().metadata).toMatchObject({ resources: { instances: ["/1.0/instances/again"] } });
    const request = { name: "again", pool: "fast", config: { "user.a": "b" }, devices: { root: { size: "1GiB" } } };
    expect(services.changes).toEqual([{ import: request, backup: "a backup" }]);
    expectRefused(await ask("POST", "/1.0/instances", "damaged", backup), 400, "backup_invalid");
  });
});

describe("the server", () => {
  it("says what it is in LXD's words", async () => {
    expect(await metadata("GET", "/")).toEqual(["/1.0"]);
    expect(await metadata("GET", "/1.0")).toMatchObject({
      auth: "trusted",
      api_version: "1.0",
      environment: {
        ...{ server: "lodge", server_version: "1.2.3", storage: "dir", project: "default" },
        storage_supported_drivers: [{ Name: "btrfs" }, { Name: "dir", Version: "1", Remote: false }],
      },
    });
  });

  it("describes itself by OpenAPI", async () => {
    const document = JSON.parse((await ask("GET", "/1.0/openapi.json")).body) as { paths: object };
    expect(Object.keys(document.paths)).toContain("/1.0/instances/{name}/exec");
  });

  it.each([
    ["GET", "/1.0/nothing", 404, "request_not_found"],
    ["GET", "/2.0", 404, "request_not_found"],
    ["DELETE", "/1.0", 404, "request_not_found"],
    ["GET", "/1.0/%zz", 400, "request_invalid"],
    ["GET", "/1.0/instances?project=other", 404, "project_not_found"],
    ["GET", "/1.0/instances?project=a&project=b", 400, "request_invalid"],
    ["GET", "/1.0/instances?recursion=many", 400, "request_invalid"],
    ["GET", "/1.0/instances?filter=name+like+web", 400, "request_invalid"],
    ["GET", "/1.0/events", 400, "request_invalid"],
    ["GET", "/1.0/operations/4b1dbd6e-7d4f-4c4e-8f3e-000000000001", 404, "operation_not_found"],
    ["GET", "/1.0/operations/no-uuid", 400, "request_invalid"],
    ["GET", "/1.0/instances/-bad-", 400, "instance_name_invalid"],
    ["GET", "/1.0/instances/none", 404, "instance_not_found"],
    ["GET", "/1.0/containers/db", 404, "instance_not_found"],
    ["GET", "/1.0/images/nohex", 404, "image_not_found"],
    ["GET", "/1.0/instances/web/files", 400, "request_invalid"],
    ["GET", "/1.0/instances/web/logs/..%2F..%2Fetc%2Fpasswd", 404, "file_not_found"],
    ["GET", "/1.0/instances/web/logs/exec-output/..%2F..%2Fetc%2Fpasswd", 404, "file_not_found"],
    ["GET", "/1.0/instances/web/screenshot", 501, "not_supported"],
    ["POST", "/1.0/storage-pools", 400, "request_invalid"],
    ["POST", "/1.0/networks", 400, "request_invalid"],
    ["GET", "/1.0/networks/none", 404, "network_not_found"],
    ["GET", "/1.0/networks/none/state", 404, "network_not_found"],
    ["GET", "/1.0/networks/none/forwards", 404, "network_not_found"],
    ["GET", "/1.0/networks/lodgebr0/forwards/192.0.2.1", 404, "network_forward_not_found"],
    ["DELETE", "/1.0/networks/none", 404, "network_not_found"],
  ] as const)("answers %s %s with an envelope: %d %s", async (method, url, status, code) => {
    expectRefused(await ask(method, url), status, code);
  });

  it.each([
    ["no JSON", "{", "request_invalid"],
    ["no object", "[]", "request_invalid"],
    ["null", "null", "request_invalid"],
    ["a wrong type", { name: "x", source: { type: "none" }, config: { a: 1 } }, "request_invalid"],
  ])("refuses %s as a new instance", async (_what, body, code) => {
    expectRefused(await ask("POST", "/1.0/instances", body), 400, code);
  });

  it("refuses a body that is too long", async () => {
    expectRefused(await ask("POST", "/1.0/instances", "x".repeat(5 << 20)), 400, "request_invalid");
  });

  it("does not show faults of its own", async () => {
    const fault = vi.spyOn(services.networks, "list").mockRejectedValue(new Error("secret path /root/x"));
    const answer = await ask("GET", "/1.0/networks");
    fault.mockRestore();
    expectRefused(answer, 500, "internal");
    expect(answer.body).not.toContain("secret");
  });
});

describe("instances", () => {
  it("lists URLs, objects, and objects with state", async () => {
    expect(await metadata("GET", "/1.0/instances")).toEqual(["/1.0/instances/web", "/1.0/instances/db"]);
    expect(await metadata("GET", "/1.0/instances?recursion=1")).toMatchObject([{ name: "web" }, { name: "db" }]);
    expect(await metadata("GET", "/1.0/instances?recursion=2")).toMatchObject([
      { name: "web", state: { status: "Running" }, snapshots: [{ name: "snap0" }], backups: [] },
      { name: "db", state: { status: "Stopped" } },
    ]);
    expect(await metadata("GET", "/1.0/containers")).toEqual(["/1.0/containers/web"]);
    expect(await metadata("GET", "/1.0/virtual-machines")).toEqual(["/1.0/virtual-machines/db"]);
  });

  it.each([
    ["name eq web", ["web"]],
    ["name ne web", ["db"]],
    ["status eq stopped", ["db"]],
    ["type eq virtual-machine and status eq running", []],
    ["name eq web or name eq db", ["web", "db"]],
    ["config.user.role eq test", ["web"]],
    ["not config.user.role eq test", ["db"]],
    ["name eq (db|^d.*)", ["db"]],
    ['name eq "web"', ["web"]],
    ["name eq w.*", ["web"]],
    ["name eq e.*", []],
    ["name eq (web", []],
  ])("filters by %s", async (filter, names) => {
    const list = (await metadata("GET", `/1.0/instances?recursion=1&filter=${encodeURIComponent(filter)}`)) as never[];
    expect(list.map(({ name }) => name)).toEqual(names);
  });

  it("refuses a filter whose expression could run for ever", async () => {
    expectRefused(
      await ask("GET", `/1.0/instances?filter=${encodeURIComponent("name eq ^(a+)+$")}`),
      400,
      "request_invalid",
    );
  });

  it("begins an operation to create, and the operation ends", async () => {
    const answer = await ask("POST", "/1.0/instances", { name: "new", source: { type: "none" }, unknown: true });
    expect(answer.status).toBe(202);
    const { operation } = answer.json();
    expect(answer.headers.location).toBe(operation);
    expect(answer.json()).toMatchObject({
      type: "async",
      status_code: 100,
      metadata: { resources: { instances: ["/1.0/instances/new"] } },
    });
    expect(await metadata("GET", `${operation}/wait?timeout=5`)).toMatchObject({ status: "Success", status_code: 200 });
    expect(await metadata("GET", "/1.0/operations")).toMatchObject({
      success: expect.arrayContaining([operation]),
    });
    expect(await metadata("GET", "/1.0/operations?recursion=1")).toMatchObject({
      success: expect.arrayContaining([expect.objectContaining({ status: "Success" })]),
    });
  });

  it("says at once that a name is taken", async () => {
    expectRefused(
      await ask("POST", "/1.0/instances", { name: "web", source: { type: "none" } }),
      409,
      "instance_exists",
    );
  });

  it("changes only what the client has seen", async () => {
    const { headers } = await ask("GET", "/1.0/instances/web");
    expect(headers.etag).toMatch(/^"[0-9a-f]{64}"$/);
    const change = { config: { "user.role": "new" } };
    expectRefused(await ask("PUT", "/1.0/instances/web", change, { "if-match": '"0"' }), 412, "etag_mismatch");
    expect((await ask("PUT", "/1.0/instances/web", change, { "if-match": String(headers.etag) })).status).toBe(202);
    expect(services.changes).toEqual([change]);
  });

  it("keeps by PATCH what is not named, and has done so when it answers", async () => {
    expect((await ask("PATCH", "/1.0/instances/web", { config: { "user.other": "x" } })).status).toBe(200);
    expect(services.changes).toMatchObject([
      { config: { "user.role": "test", "user.other": "x" }, profiles: ["default"] },
    ]);
  });

  it("changes the state of all that it fits, and says which failed", async () => {
    services.instanceRows.set("bad", fakeInstance("bad", { status: "Stopped", config: { "user.fail": "1" } }));
    const { operation } = (await ask("PUT", "/1.0/instances", { state: { action: "start" } })).json();
    const ended = await metadata("GET", `${operation}/wait`);
    expect(ended).toMatchObject({ status: "Failure", err: expect.stringContaining("bad: it would not") });
    expect(services.instanceRows.get("db")?.status).toBe("Running");
  });

  it("shows what the console printed", async () => {
    expect((await ask("GET", "/1.0/instances/web/console")).body).toBe("console of web\n");
    const logs = ["console.log", "lxc.log"].map((file) => `/1.0/instances/web/logs/${file}`);
    expect(await metadata("GET", "/1.0/instances/web/logs")).toEqual(logs);
    expect((await ask("GET", "/1.0/instances/web/logs/lxc.log")).body).toBe("runtime of web\n");
    expectRefused(await ask("GET", "/1.0/instances/web/logs/qemu.log"), 404, "file_not_found");
  });
});

describe("snapshots", () => {
  const url = "/1.0/instances/web/snapshots";

  it("are listed as URLs, as objects, and with their instance", async () => {
    expect(await metadata("GET", url)).toEqual([`${url}/snap0`]);
    expect(await metadata("GET", `${url}?recursion=1`)).toMatchObject([{ name: "snap0", size: 4096 }]);
    expect(await metadata("GET", "/1.0/instances/web?recursion=1")).toMatchObject({ snapshots: [{ name: "snap0" }] });
    expect(await metadata("GET", "/1.0/instances?recursion=2&filter=name eq web")).toMatchObject([
      { name: "web", snapshots: [{ name: "snap0" }] },
    ]);
    expectRefused(await ask("GET", `${url}/gone`), 404, "snapshot_not_found");
    expectRefused(await ask("GET", "/1.0/instances/gone/snapshots"), 404, "instance_not_found");
  });

  it("are made, and the operation names them", async () => {
    const answer = await ask("POST", url, { name: "before", stateful: false, expires_at: null });
    expect(answer.status).toBe(202);
    expect(answer.json().metadata).toMatchObject({ resources: { instances_snapshots: [`${url}/before`] } });
    expectRefused(await ask("POST", url, { expires_at: "tomorrow" }), 400, "request_invalid");
    expectRefused(await ask("POST", url, { name: 7 }), 400, "request_invalid");
  });

  it("are changed as far as the client has seen them, renamed and deleted", async () => {
    const seen = String((await ask("GET", `${url}/snap0`)).headers["etag"]);
    const expiry = { expires_at: "2030-01-01T00:00:00Z" };
    expect(await ask("PUT", `${url}/snap0`, expiry, { "if-match": seen })).toMatchObject({ status: 202 });
    expectRefused(await ask("PATCH", `${url}/snap0`, expiry, { "if-match": '"0"' }), 412, "etag_mismatch");
    expect(await ask("POST", `${url}/snap0`, { name: "other" })).toMatchObject({ status: 202 });
    expect(services.changes).toEqual([expiry, { name: "other" }]);
    expect(await ask("DELETE", `${url}/snap0`)).toMatchObject({ status: 202 });
  });

  it("are restored by a change of the instance, which a rebuild is not", async () => {
    expect(await ask("PUT", "/1.0/instances/web", { restore: "snap0", stateful: false })).toMatchObject({
      status: 202,
    });
    expect(services.changes).toEqual([{ restore: "snap0", stateful: false }]);
    const rebuild = { source: { type: "none" } };
    expect(await ask("POST", "/1.0/instances/db/rebuild", rebuild)).toMatchObject({ status: 202 });
    expectRefused(await ask("POST", "/1.0/instances/db/rebuild", {}), 400, "request_invalid");
  });

  it("are forked, once or often", async () => {
    expect(await ask("POST", "/1.0/instances/db/fork", { name: "db2", count: 4 })).toMatchObject({ status: 202 });
    expectRefused(await ask("POST", "/1.0/instances/db/fork", { name: "db2", count: 0 }), 400, "request_invalid");
    expectRefused(await ask("POST", "/1.0/instances/none/fork", { name: "db2" }), 404, "instance_not_found");
  });
});

describe("profiles", () => {
  it("are made, renamed and deleted at once", async () => {
    const made = await ask("POST", "/1.0/profiles", { name: "small", config: { "limits.cpu": "1" } });
    expect([made.status, made.headers.location, made.json().type]).toEqual([201, "/1.0/profiles/small", "sync"]);
    const renamed = await ask("POST", "/1.0/profiles/small", { name: "tiny" });
    expect([renamed.status, renamed.headers.location]).toEqual([201, "/1.0/profiles/tiny"]);
    expect((await ask("DELETE", "/1.0/profiles/tiny")).json()).toMatchObject({ type: "sync", metadata: {} });
    expect(services.changes).toEqual([{ name: "small", config: { "limits.cpu": "1" } }, "tiny", "delete tiny"]);
  });

  it("are replaced by PUT and added to by PATCH, as far as the client has seen them", async () => {
    const { headers } = await ask("GET", "/1.0/profiles/default");
    const change = { config: { "user.b": "2" } };
    expectRefused(await ask("PUT", "/1.0/profiles/default", change, { "if-match": '"0"' }), 412, "etag_mismatch");
    await ask("PUT", "/1.0/profiles/default", change, { "if-match": String(headers.etag) });
    await ask("PATCH", "/1.0/profiles/default", change);
    expect(services.changes).toEqual([
      change,
      { description: "", config: { "user.a": "1", "user.b": "2" }, devices: {} },
    ]);
  });

  it("need a name", async () => {
    expectRefused(await ask("POST", "/1.0/profiles", { config: {} }), 400, "request_invalid");
  });
});

describe("files", () => {
  const at = (path: string) => `/1.0/instances/web/files?path=${encodeURIComponent(path)}`;

  it("pushes and pulls with owner and mode in the headers of both clients", async () => {
    await ask("POST", at("/etc/motd"), "hello", { "x-lxd-mode": "0600", "content-type": "text/plain" });
    await ask("POST", at("/etc/motd"), ", world", { "x-incus-write": "append", "x-incus-mode": "0600" });
    const { headers, body } = await ask("GET", at("/etc/motd"));
    expect(body).toBe("hello, world");
    expect(headers).toMatchObject({
      "x-lxd-mode": "0600",
      "x-incus-mode": "0600",
      "x-lxd-uid": "1",
      "x-lxd-type": "file",
      "content-type": "application/octet-stream",
    });
  });

  it("makes directories and links, lists, removes", async () => {
    await ask("POST", at("/srv"), undefined, { "x-lxd-type": "directory" });
    await ask("POST", at("/srv/link"), "/target", { "x-lxd-type": "symlink" });
    expect(await metadata("GET", at("/srv"))).toEqual(["link"]);
    const link = await ask("GET", at("/srv/link"));
    expect(link.headers["x-lxd-type"]).toBe("symlink");
    expect(link.body).toBe("/target");
    expect((await ask("DELETE", at("/srv/link"))).status).toBe(200);
    expectRefused(await ask("GET", at("/srv/link")), 404, "file_not_found");
  });

  it("says what a directory holds, and gives new names", async () => {
    await ask("POST", at("/srv"), undefined, { "x-lxd-type": "directory" });
    await ask("POST", at("/srv/a"), "hello", { "x-lxd-mode": "0600" });
    expect((await ask("PATCH", at("/srv/a"), { path: "/srv/b" })).status).toBe(200);
    expect(await metadata("GET", `${at("/srv")}&recursion=1`)).toMatchObject([
      { name: "b", type: "file", size: 5, mode: 0o600 },
    ]);
    expectRefused(await ask("PATCH", at("/srv/none"), { path: "/x" }), 404, "file_not_found");
    expectRefused(await ask("PATCH", at("/srv/b"), {}), 400, "request_invalid");
  });

  it.each([
    ["x-lxd-mode", "rwx"],
    ["x-lxd-mode", "99999"],
    ["x-lxd-uid", "root"],
    ["x-lxd-type", "device"],
    ["x-lxd-write", "sideways"],
  ])("refuses the header %s: %s", async (name, value) => {
    expectRefused(await ask("POST", at("/x"), "", { [name]: value }), 400, "request_invalid");
  });

  it("refuses a path with a NUL byte", async () => {
    expectRefused(await ask("GET", at("/etc/\0")), 400, "request_invalid");
  });
});

describe("images", () => {
  it("lists, shows and changes", async () => {
    const image = fakeImage(fakeFingerprint());
    services.imageRows.set(image.fingerprint, image);
    expect(await metadata("GET", "/1.0/images")).toEqual([`/1.0/images/${image.fingerprint}`]);
    expect(await metadata("GET", "/1.0/images?recursion=1&filter=properties.os+eq+debian")).toEqual([
      { ...image, project: "default" },
    ]);
    expect(await metadata("GET", `/1.0/images/${image.fingerprint.slice(0, 12)}`)).toEqual({
      ...image,
      project: "default",
    });
    await ask("PATCH", `/1.0/images/${image.fingerprint}`, { properties: { release: "12" } });
    expect(services.changes).toMatchObject([{ public: false, properties: { os: "Debian", release: "12" } }]);
  });

  it("keeps aliases with slashes, escaped or not", async () => {
    const target = fakeFingerprint();
    const answer = await ask("POST", "/1.0/images/aliases", { name: "debian/12", target, type: "" });
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe("/1.0/images/aliases/debian%2F12");
    expect(await metadata("GET", "/1.0/images/aliases/debian%2F12")).toMatchObject({ name: "debian/12", target });
    expect(await metadata("GET", "/1.0/images/aliases/debian/12")).toMatchObject({ name: "debian/12", target });
    expectRefused(await ask("POST", "/1.0/images/aliases", { name: "debian/12", target }), 409, "alias_exists");
    const there = await ask("GET", "/1.0/images/aliases/debian/12");
    const stale = { "if-match": '"0"' };
    expectRefused(await ask("PUT", "/1.0/images/aliases/debian/12", { target }, stale), 412, "etag_mismatch");
    const fresh = { "if-match": String(there.headers.etag) };
    await ask("PATCH", "/1.0/images/aliases/debian%2F12", { description: "Twelve" }, fresh);
    expect(await metadata("GET", "/1.0/images/aliases/debian/12")).toMatchObject({ description: "Twelve", target });
    const renamed = await ask("POST", "/1.0/images/aliases/debian/12", { name: "bookworm/12" });
    expect([renamed.status, renamed.headers.location]).toEqual([201, "/1.0/images/aliases/bookworm%2F12"]);
    await ask("POST", "/1.0/images/aliases/bookworm/12", { name: "debian/12" });
    await ask("DELETE", "/1.0/images/aliases/debian%2F12");
    expectRefused(await ask("GET", "/1.0/images/aliases/debian%2F12"), 404, "alias_not_found");
  });

  it("takes an upload with what the client says of it", async () => {
    const headers = {
      "content-type": "application/octet-stream",
      "x-lxd-filename": "disk.vmdk",
      "x-lxd-properties": "os=Other",
      "x-incus-aliases": "alias=one&alias=debian%2F12",
      "x-lodge-format": "vmdk",
      "x-lodge-created": "1700000000",
    };
    expect((await ask("POST", "/1.0/images", "KDMV", headers)).status).toBe(202);
    const said = { filename: "disk.vmdk", properties: { os: "Other" }, format: "vmdk", created: new Date(1.7e12) };
    expect(services.imports).toMatchObject([{ ...said, aliases: [{ name: "one" }, { name: "debian/12" }] }]);
    const plain = { "content-type": "application/octet-stream" };
    expect((await ask("POST", "/1.0/images", "x", { ...plain, "x-lxd-aliases": "one,two" })).status).toBe(202);
    expect(services.imports[1]).toMatchObject({ format: "auto", aliases: [{ name: "one" }, { name: "two" }] });
    for (const wrong of [{ "x-lodge-format": "floppy" }, { "x-lodge-created": "yesterday" }])
      expectRefused(await ask("POST", "/1.0/images", "x", { ...plain, ...wrong }), 400, "request_invalid");
  });

  it("is made of an instance or fetched from another server", async () => {
    services.instanceRows.set("web", fakeInstance("web"));
    const aliases = [{ name: "golden", description: "" }];
    const request = { source: { type: "instance", name: "web" }, properties: { os: "Mine" }, aliases, public: true };
    const json = { "content-type": "application/json" };
    expect((await ask("POST", "/1.0/images", request, json)).status).toBe(202);
    expect(services.changes).toEqual([request]);
    const refused = async (body: unknown, status: number, code: string) =>
      expectRefused(await ask("POST", "/1.0/images", body, json), status, code);
    await refused({ source: { type: "instance", name: "gone" } }, 404, "instance_not_found");
    await refused({ source: { type: "instance" } }, 400, "request_invalid");
    const fetched = { type: "image", mode: "pull", server: "https://example.org", alias: "x" };
    expect((await ask("POST", "/1.0/images", { source: fetched }, json)).status).toBe(202);
    await refused({ source: { ...fetched, server: "" } }, 400, "request_invalid");
    const byUrl = { source: { type: "url", url: "https://example.org/x" } };
    expect((await ask("POST", "/1.0/images", byUrl, json)).status).toBe(202);
    expect(services.changes.at(-1)).toEqual(byUrl);
    await refused({ source: { type: "url", url: "" } }, 400, "request_invalid");
    await refused({ ...request, aliases: [{ name: "-x" }] }, 400, "request_invalid");
  });

  it("exports a split image as a multipart message", async () => {
    const image = { ...fakeImage(fakeFingerprint()), type: "virtual-machine" as const };
    services.imageRows.set(image.fingerprint, image);
    const [meta, rootfs] = [join(directory, "m"), join(directory, "r")];
    await writeFile(meta, Buffer.from("fd377a585a00ff", "hex"));
    await writeFile(rootfs, Buffer.concat([Buffer.from("514649fb", "hex"), Buffer.from("disk")]));
    vi.spyOn(await services.images.of("default"), "files").mockResolvedValue({
      metadata: meta,
      rootfs,
      type: image.type,
      filename: "",
    });
    const { headers, raw } = await ask("GET", `/1.0/images/${image.fingerprint}/export`);
    expect(headers["content-length"]).toBe(String(raw.length));
    const form = await new Response(new Uint8Array(raw), {
      headers: { "content-type": String(headers["content-type"]) },
    }).formData();
    const disk = form.get("rootfs.img") as File;
    expect((form.get("metadata") as File).name).toBe(`meta-${image.fingerprint}.tar.xz`);
    expect(disk.name).toBe(`${image.fingerprint}.qcow2`);
    expect(
      Buffer.from(await disk.arrayBuffer())
        .subarray(4)
        .toString(),
    ).toBe("disk");
  });
});

describe("warnings", () => {
  it("are listed, acknowledged and deleted", async () => {
    const [warning] = (await metadata("GET", "/1.0/warnings?recursion=1")) as { uuid: string }[];
    expect(warning).toMatchObject({ type: "t", last_message: "It is so.", location: "none", status: "new", count: 1 });
    const path = `/1.0/warnings/${warning?.uuid}`;
    expect(await metadata("GET", "/1.0/warnings")).toEqual([path]);
    expect(await metadata("GET", "/1.0/warnings?project=default")).toEqual([]);
    expect((await ask("PUT", path, { status: "acknowledged" })).status).toBe(200);
    expect(await metadata("GET", path)).toMatchObject({ status: "acknowledged" });
    expect((await ask("PATCH", path, { status: "resolved" })).status).toBe(400);
    expect((await ask("DELETE", path)).status).toBe(200);
    expect((await ask("GET", path)).status).toBe(404);
  });
});

describe("an instance's metadata", () => {
  const path = "/1.0/instances/web/metadata";

  it("are shown and changed", async () => {
    const { headers } = await ask("GET", path);
    expect(await metadata("GET", path)).toMatchObject({ architecture: "x86_64", properties: { os: "Debian" } });
    const motd = { when: ["start"], template: "motd.tpl" };
    const put = { properties: { release: "12" }, templates: { "/etc/motd": motd } };
    expect((await ask("PATCH", path, put, { "if-match": String(headers.etag) })).status).toBe(200);
    expect(services.changes.at(-1)).toMatchObject({
      ...{ architecture: "x86_64", properties: { os: "Debian", release: "12" } },
      templates: { "/etc/motd": { ...motd, create_only: false, properties: {} } },
    });
    expectRefused(await ask("PUT", path, put, { "if-match": '"other"' }), 412, "etag_mismatch");
    for (const wrong of [
      { templates: { "etc/motd": motd } },
      { templates: { "/etc/motd": { ...motd, template: "../x" } } },
      { templates: { "/etc/motd": { ...motd, when: ["never"] } } },
    ])
      expectRefused(await ask("PUT", path, wrong), 400, "request_invalid");
  });

  it("have templates", async () => {
    const at = (name: string) => `${path}/templates?path=${encodeURIComponent(name)}`;
    expect((await ask("POST", at("motd.tpl"), "{{ container.name }}\n")).status).toBe(200);
    expect(await metadata("GET", `${path}/templates`)).toEqual(["motd.tpl"]);
    expect((await ask("GET", at("motd.tpl"))).body).toBe("{{ container.name }}\n");
    expect((await ask("DELETE", at("motd.tpl"))).status).toBe(200);
    expectRefused(await ask("GET", at("motd.tpl")), 404, "template_file_not_found");
    for (const name of ["../x", "a/b", ".."]) expectRefused(await ask("POST", at(name), "x"), 400, "request_invalid");
    expectRefused(await ask("POST", at("big"), "x".repeat(70_000)), 400, "template_file_invalid");
  });
});
