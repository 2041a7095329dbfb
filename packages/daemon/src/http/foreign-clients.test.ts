/**
 * Requests as others' programs send them, by what they were read to send: Ansible's modules (no content type, `null` as the body of what has
 * none), Terraform's providers and the client of Incus (Go: every field, empty or null where it says nothing).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lodge/core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "./server.ts";
import { fakeFingerprint, fakeImage, fakeInstance, fakeNetwork } from "./testing/fake-records.ts";
import { type FakeServices, fakeServices } from "./testing/fake-services.ts";

let directory: string;
let services: FakeServices;
let server: HttpServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-foreign-"));
  services = fakeServices();
  server = await createHttpServer({ services, log: silentLog, version: "1.2.3", recordings: directory });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  services.instanceRows.clear();
  services.instanceRows.set("web", fakeInstance("web"));
  services.instanceRows.set("db", fakeInstance("db", { type: "virtual-machine" }));
  services.imageRows.set(fingerprint, fakeImage(fingerprint));
  services.files.set("/etc/hostname", { type: "file", content: "web\n", mode: 0o644 });
});

const fingerprint = fakeFingerprint();

type Request = readonly [status: number, method: string, path: string, body?: unknown];

const put = { architecture: "x86_64", config: { "user.a": "b" }, devices: {}, ephemeral: false, profiles: ["default"] };
const simplestreams = {
  ...{ type: "image", mode: "pull", server: "https://images.example.com", protocol: "simplestreams" },
  alias: "debian/12",
};

const ansible: readonly Request[] = [
  [200, "GET", "/1.0/containers/web"],
  [404, "GET", "/1.0/containers/none"],
  [404, "GET", "/1.0/virtual-machines/web"],
  [202, "POST", "/1.0/containers", { ...put, name: "made", source: simplestreams }],
  [202, "POST", "/1.0/virtual-machines", { ...put, name: "made", source: { type: "image", alias: "tiny" } }],
  [202, "PUT", "/1.0/containers/web", put],
  [202, "PUT", "/1.0/containers/web/state", { action: "start", timeout: 30 }],
  [202, "PUT", "/1.0/containers/web/state", { action: "stop", timeout: 30, force: true }],
  [202, "PUT", "/1.0/containers/web/state", { action: "freeze", timeout: 30 }],
  [200, "GET", "/1.0/containers/web/state"],
  [202, "DELETE", "/1.0/containers/web"],
  [200, "GET", "/1.0/profiles/default"],
  [404, "GET", "/1.0/profiles/none"],
  [201, "POST", "/1.0/profiles", { name: "lan", config: {}, description: "LAN", devices: {} }],
  [201, "POST", "/1.0/profiles/default", { name: "other" }],
  // The whole of an answer, with what is to change beside its metadata.
  [200, "PUT", "/1.0/profiles/default", { type: "sync", metadata: { name: "default" }, description: "LAN" }],
  [200, "DELETE", "/1.0/profiles/lan"],
  [200, "GET", "/1.0/projects/default"],
  [404, "GET", "/1.0/projects/none"],
  [201, "POST", "/1.0/projects", { name: "blue", config: {}, description: "" }],
  [200, "PUT", "/1.0/projects/default", { config: { "user.a": "b" }, description: "" }],
  [200, "DELETE", "/1.0/projects/blue"],
  // Its inventory.
  [200, "GET", "/1.0/instances"],
  [200, "GET", "/1.0/networks"],
  [200, "GET", `/1.0/networks/${fakeNetwork.name}`],
  [200, "GET", "/1.0/storage-pools/default/volumes?recursion=1"],
];

const source = {
  ...{
    type: "image",
    certificate: "",
    alias: fingerprint,
    fingerprint,
    server: "",
    secret: "",
    protocol: "",
    mode: "",
  },
  ...{ "base-image": "", operation: "", source: "", live: false, instance_only: false, refresh: false },
  ...{ project: "", allow_inconsistent: false },
};
const goPut = { ...put, restore: "", stateful: false, description: "" };
const goVolume = { name: "v1", type: "custom", content_type: "filesystem", config: {}, description: "" };
const volumeSource = {
  name: "",
  type: "",
  pool: "",
  certificate: "",
  mode: "",
  operation: "",

  project: "",
};
const imageAlias = { name: "tiny", description: "", type: "", target: fingerprint };

const terraform: readonly Request[] = [
  [200, "GET", "/1.0"],
  [202, "POST", "/1.0/instances", { ...goPut, name: "tf", source, instance_type: "", type: "virtual-machine" }],
  [202, "POST", "/1.0/instances", { ...goPut, name: "tf", source: { ...source, type: "none" }, profiles: null }],
  [200, "GET", "/1.0/instances/web"],
  [200, "GET", "/1.0/instances/web/state"],
  [202, "PUT", "/1.0/instances/web", goPut],
  [202, "PUT", "/1.0/instances/web/state", { action: "stop", timeout: 180, force: true, stateful: false }],
  [202, "POST", "/1.0/instances/web/snapshots", { name: "snap1", stateful: false, expires_at: null }],
  [201, "POST", "/1.0/storage-pools", { name: "data", driver: "dir", config: {}, description: "" }],
  [200, "PUT", "/1.0/storage-pools/default", { config: {}, description: "Data" }],
  [201, "POST", "/1.0/storage-pools/default/volumes/custom", { ...goVolume, source: volumeSource, restore: "" }],
  [200, "PUT", "/1.0/storage-pools/default/volumes/custom/v1", { config: {}, description: "V", restore: "" }],
  [200, "GET", "/1.0/storage-pools/default/volumes/custom/v1"],
  [200, "DELETE", "/1.0/storage-pools/default/volumes/custom/v1"],
  [201, "POST", "/1.0/networks", { name: "net9", type: "bridge", config: {}, description: "" }],
  [200, "PUT", "/1.0/networks/net9", { config: { "ipv4.nat": "true" }, description: "" }],
  [200, "DELETE", "/1.0/networks/net9"],
  [201, "POST", "/1.0/profiles", { name: "lan", config: {}, description: "", devices: {} }],
  [200, "PUT", "/1.0/profiles/default", { config: {}, description: "", devices: {} }],
  [201, "POST", "/1.0/projects", { name: "blue", config: { "features.images": "true" }, description: "" }],
  [
    ...([202, "POST", "/1.0/images"] as const),
    {
      ...{ public: false, auto_update: false, aliases: null, expires_at: "0001-01-01T00:00:00Z", profiles: null },
      ...{ properties: null, filename: "", compression_algorithm: "", format: "" },
      source: {
        ...simplestreams,
        fingerprint: "",
        certificate: "",
        secret: "",
        image_type: "container",
        name: "",
        url: "",
      },
    },
  ],
  [
    202,
    "POST",
    "/1.0/images",
    { source: { ...source, type: "url", protocol: "direct", url: "https://example.com/x" } },
  ],
  [201, "POST", "/1.0/images/aliases", imageAlias],
  [200, "GET", "/1.0/images/aliases/tiny"],
  [200, "GET", `/1.0/images/${fingerprint}`],
  [200, "PUT", "/1.0/images/aliases/tiny", { description: "", target: fingerprint }],
  [200, "DELETE", "/1.0/images/aliases/tiny"],
];

const exec = {
  ...{ command: ["true"], "wait-for-websocket": true, interactive: false, environment: {}, width: 0, height: 0 },
  ...{ "record-output": false, user: 0, group: 0, cwd: "" },
};

const incus: readonly Request[] = [
  [200, "GET", "/1.0"],
  [200, "GET", "/1.0/instances?filter=&recursion=2"],
  [200, "GET", "/1.0/instances?filter=status+eq+running&recursion=2&all-projects=true"],
  [200, "GET", "/1.0/instances?instance-type=container"],
  [400, "GET", "/1.0/instances?instance-type=jail"],
  [200, "GET", "/1.0/instances/web?recursion=1"],
  [202, "PUT", "/1.0/instances", { state: { action: "stop", timeout: -1, force: false, stateful: false } }],
  [202, "POST", "/1.0/instances", { ...goPut, name: "c1", source, instance_type: "", type: "container", start: true }],
  [202, "POST", "/1.0/instances/web/exec", exec],
  [202, "POST", "/1.0/instances/web/console", { width: 80, height: 24, type: "console", force: false }],
  [200, "GET", "/1.0/instances/web/console"],
  [200, "DELETE", "/1.0/instances/web/console"],
  [200, "GET", "/1.0/instances/db/console?type=vga"],
  [200, "DELETE", "/1.0/instances/web/logs/console.log"],
  [400, "DELETE", "/1.0/instances/web/logs/lxc.log"],
  [404, "DELETE", "/1.0/instances/web/logs/other.log"],
  [400, "GET", "/1.0/instances/db/console?type=tape"],
  [200, "GET", "/1.0/instances/web/files?path=/etc/hostname"],
  [200, "HEAD", "/1.0/instances/web/files?path=/etc/hostname"],
  [404, "HEAD", "/1.0/instances/web/files?path=/none"],
  [202, "POST", "/1.0/instances/web/rebuild", { source }],
  [200, "GET", "/1.0/storage-pools?recursion=1"],
  [200, "GET", "/1.0/storage-pools/default/resources"],
  [200, "GET", "/1.0/storage-pools/default/volumes?recursion=1"],
  [200, "GET", "/1.0/storage-pools/default/volumes/container?recursion=1"],
  [404, "GET", "/1.0/storage-pools/default/volumes/container/web"],
  [404, "GET", "/1.0/storage-pools/default/volumes/container/web/snapshots?recursion=1"],
  [404, "GET", "/1.0/storage-pools/default/volumes/container/web/snapshots/snap0"],
  [400, "GET", "/1.0/storage-pools/default/volumes/bucket"],
  [200, "GET", "/1.0/networks?recursion=1"],
  [404, "GET", "/1.0/network-acls?recursion=1"],
  [200, "GET", "/1.0/projects?recursion=1"],
  [200, "GET", "/1.0/profiles?recursion=1"],
  [200, "GET", "/1.0/images?filter=&recursion=1"],
  [200, "GET", "/1.0/images/aliases?recursion=1"],
  [200, "GET", "/1.0/certificates?recursion=1"],
  [200, "GET", "/1.0/operations?recursion=1"],
  [200, "GET", "/1.0/warnings?recursion=1"],
  [200, "GET", "/1.0/cluster"],
  [200, "GET", "/1.0/resources"],
  [200, "GET", "/1.0/metadata/configuration"],
];

describe.each([
  ["Ansible", ansible, {}, "null"],
  ["Terraform", terraform, { "content-type": "application/json" }, undefined],
  ["incus", incus, { "content-type": "application/json" }, undefined],
] as const)("%s", (_client, requests, headers, nothing) => {
  // In order: later ones may count on what earlier ones made.
  it.each(requests)("%i: %s %s", async (status, method, url, body) => {
    const payload = body === undefined ? nothing : JSON.stringify(body);
    const answer = await server.app.inject({
      ...{ method: method as "GET", url: url as string },
      ...(payload !== undefined && { payload, headers }),
    });
    expect([answer.statusCode, answer.statusCode === status ? "" : answer.body]).toEqual([status, ""]);
  });
});

it("waits for an operation as Ansible does", async () => {
  const payload = JSON.stringify({ action: "restart", timeout: 30 });
  const begun = await server.app.inject({ method: "PUT", url: "/1.0/containers/web/state", payload });
  const { operation } = begun.json() as { operation: string };
  const ended = await server.app.inject({ method: "GET", url: `${operation}/wait`, payload: "null" });
  expect(ended.json()).toMatchObject({ type: "sync", metadata: { status: "Success" } });
});

it("says in the headers of a file what it is, without its content", async () => {
  const { headers, body } = await server.app.inject({
    ...{ method: "HEAD", url: "/1.0/instances/web/files?path=/etc/hostname" },
  });
  expect(headers).toMatchObject({ "x-lxd-type": "file", "x-incus-type": "file", "content-length": "4" });
  expect([body, services.openFiles]).toEqual(["", 0]);
});
