/** The wire of volumes and their snapshots, with the core's own rules behind it. */
import { silentLog } from "@lodge/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHttpServer, type HttpServer } from "../server.ts";
import { type FakeServices, fakeServices } from "../testing/fake-services.ts";

let server: HttpServer;
let services: FakeServices;
beforeEach(async () => {
  services = fakeServices();
  server = await createHttpServer({ services, log: silentLog, version: "", recordings: "/nonexistent" });
});
afterEach(() => server.close());

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const root = "/1.0/storage-pools/default/volumes";

async function ask(method: Method, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const payload = body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) };
  const answer = await server.app.inject({ method, url: `${root}${path}`, headers, ...payload });
  const { metadata, error } = answer.json<{ metadata: unknown; error: string }>();
  await services.operations.idle();
  return { status: answer.statusCode, headers: answer.headers, metadata, error };
}

test("a volume is made at its URL, shown, changed as a whole or in part, renamed and deleted", async () => {
  const made = await ask("POST", "/custom", { name: "data", config: { "user.a": "1" } });
  expect(made).toMatchObject({ status: 201, headers: { location: `${root}/custom/data` } });
  for (const path of ["", "/custom"]) expect((await ask("GET", path)).metadata).toEqual([`${root}/custom/data`]);
  expect((await ask("GET", "/custom?recursion=1")).metadata).toMatchObject([{ name: "data", type: "custom" }]);
  await ask("PATCH", "/custom/data", { config: { "user.b": "2" } });
  expect((await ask("GET", "/custom/data")).metadata).toMatchObject({
    ...{ content_type: "filesystem", pool: "default", project: "default", used_by: [], location: "none" },
    config: { "user.a": "1", "user.b": "2" },
  });
  await ask("PUT", "/custom/data", { description: "ours", config: {} });
  expect((await ask("GET", "/custom/data")).metadata).toMatchObject({ description: "ours", config: {} });
  expect((await ask("GET", "/custom/data/state")).metadata).toEqual({ usage: { used: 0, total: 0 } });
  expect((await ask("POST", "/custom/data", { name: "other" })).status).toBe(201);
  expect((await ask("POST", "/custom/other", { name: "other", pool: "elsewhere" })).status).toBe(404);
  expect((await ask("DELETE", "/custom/other")).status).toBe(200);
  expect((await ask("GET", "/custom/other")).status).toBe(404);
});

test("a change is refused when the volume changed since it was read", async () => {
  await ask("POST", "/custom", { name: "data" });
  const { headers } = await ask("GET", "/custom/data");
  const match = { "if-match": String(headers["etag"]) };
  const change = { description: "", config: { "user.a": "1" } };
  expect((await ask("PUT", "/custom/data", change, match)).status).toBe(200);
  for (const method of ["PUT", "PATCH"] as const)
    expect((await ask(method, "/custom/data", change, match)).status).toBe(412);
});

test("a snapshot is an operation, restoring one a change of the volume", async () => {
  await ask("POST", "/custom", { name: "data" });
  const made = await ask("POST", "/custom/data/snapshots", { name: "s" });
  expect(made).toMatchObject({
    status: 202,
    metadata: { resources: { storage_volume_snapshots: [`${root}/custom/data/snapshots/s`] } },
  });
  expect((await ask("GET", "/custom/data/snapshots")).metadata).toEqual([`${root}/custom/data/snapshots/s`]);
  expect((await ask("GET", "/custom/data/snapshots?recursion=1")).metadata).toMatchObject([
    { name: "data/s", content_type: "filesystem", expires_at: null },
  ]);
  const until = "2030-01-01T00:00:00.000Z";
  expect((await ask("PUT", "/custom/data/snapshots/s", { expires_at: until })).status).toBe(200);
  expect((await ask("GET", "/custom/data/snapshots/s")).metadata).toMatchObject({ expires_at: until });
  expect((await ask("PUT", "/custom/data", { restore: "s" })).status).toBe(200);
  expect((await ask("PUT", "/custom/data", { restore: "nix" })).status).toBe(404);
  expect((await ask("POST", "/custom/data/snapshots/s", { name: "t" })).status).toBe(202);
  expect((await ask("DELETE", "/custom/data/snapshots/t")).status).toBe(202);
  expect((await ask("GET", "/custom/data/snapshots")).metadata).toEqual([]);
});

test("lists show snapshots beside their volumes, by type and name; filters tell them apart", async () => {
  for (const name of ["data", "books"]) await ask("POST", "/custom", { name, config: { "user.a": name } });
  await ask("POST", "/custom/data/snapshots", { name: "s", description: "before" });
  const snapshot = `${root}/custom/data/snapshots/s`;
  for (const path of ["", "/custom"])
    expect((await ask("GET", path)).metadata).toEqual([`${root}/custom/books`, `${root}/custom/data`, snapshot]);
  expect((await ask("GET", "/custom?recursion=1")).metadata).toMatchObject([
    { name: "books" },
    { name: "data" },
    {
      ...{ name: "data/s", type: "custom", content_type: "filesystem", pool: "default", project: "default" },
      ...{ description: "before", config: { "user.a": "data" }, used_by: [], location: "none" },
    },
  ]);
  const filtered = async (filter: string) => (await ask("GET", `?filter=${encodeURIComponent(filter)}`)).metadata;
  expect(await filtered("snapshot eq true")).toEqual([snapshot]);
  expect(await filtered("snapshot ne true and type eq custom")).toEqual([
    `${root}/custom/books`,
    `${root}/custom/data`,
  ]);
});

test("an ISO comes as the body, under either client's headers", async () => {
  const type = { "content-type": "application/octet-stream" };
  for (const client of ["x-lxd", "x-incus"]) {
    const headers = { ...type, [`${client}-name`]: client, [`${client}-type`]: "iso" };
    expect((await ask("POST", "/custom", "bytes", headers)).status).toBe(202);
    expect((await ask("GET", `/custom/${client}`)).metadata).toMatchObject({ content_type: "iso" });
  }
  for (const strange of ["iso", "tarball"])
    expect((await ask("POST", "/custom", "bytes", { ...type, "x-lxd-type": strange })).status).toBe(400);
  expect((await ask("POST", "/custom", "no JSON")).status).toBe(400);
});

test("a backup is kept, fetched, imported under another name and removed", async () => {
  await ask("POST", "/custom", { name: "data", description: "ours" });
  const made = await ask("POST", "/custom/data/backups", { name: "", volume_only: true, optimized_storage: false });
  expect(made).toMatchObject({ status: 202, metadata: { resources: { backups: ["/1.0/backups/backup0"] } } });
  expect((await ask("GET", "/custom/data/backups")).metadata).toEqual([`${root}/custom/data/backups/backup0`]);
  expect((await ask("GET", "/custom/data/backups?recursion=1")).metadata).toMatchObject([
    { name: "backup0", volume_only: true, optimized_storage: false },
  ]);
  const url = `${root}/custom/data/backups`;
  const kept = await server.app.inject({ method: "GET", url: `${url}/backup0/export` });
  const accept = "application/octet-stream";
  const direct = await server.app.inject({ method: "POST", url, headers: { accept }, payload: {} });
  for (const [name, { headers, body }] of [
    ["kept", kept],
    ["direct", direct],
  ] as const) {
    expect(headers["content-type"]).toBe(accept);
    const said = { "content-type": accept, "x-lxd-name": name };
    expect((await ask("POST", "/custom", body, said)).status).toBe(202);
    expect((await ask("GET", `/custom/${name}`)).metadata).toMatchObject({ name, description: "ours" });
  }
  expect((await ask("POST", "/custom/data/backups/backup0", { name: "monday" })).status).toBe(202);
  expect((await ask("DELETE", "/custom/data/backups/monday")).status).toBe(202);
  expect((await ask("GET", "/custom/data/backups")).metadata).toEqual([]);
  expect((await ask("GET", "/custom/none/backups")).status).toBe(404);
});

test("a copy is an operation", async () => {
  await ask("POST", "/custom", { name: "data" });
  const copy = { name: "copy", source: { type: "copy", name: "data", pool: "default" } };
  expect((await ask("POST", "/custom", copy)).status).toBe(202);
  expect((await ask("GET", "/custom")).metadata).toHaveLength(2);
});
