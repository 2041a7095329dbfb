import { resolve } from "node:path";
import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
});
afterEach(() => daemon.stop());

const run = (...argv: string[]) => runCli(argv, { socket: daemon.socket });
const devices = () => daemon.instances.get("web")?.devices;

test("devices are added, set, read, unset and removed", async () => {
  expect(await run("device", "add", "web", "data", "disk", "source=/srv", "path=/data")).toMatchObject({ status: 0 });
  await run("device", "set", "web", "data", "readonly=true", "path=/d");
  await run("device", "set", "web", "data", "shift", "false");
  expect(devices()).toEqual({ data: { type: "disk", source: "/srv", path: "/d", readonly: "true", shift: "false" } });
  expect((await run("device", "get", "web", "data", "source")).stdout).toBe("/srv\n");
  await run("device", "unset", "web", "data", "readonly", "shift");
  expect((await run("device", "show", "web")).stdout).toBe("data:\n  path: /d\n  source: /srv\n  type: disk\n");
  await run("device", "remove", "web", "data");
  expect(devices()).toEqual({});
});

test("the words of `lxc config device` do the same", async () => {
  await run("config", "device", "add", "web", "eth1", "nic", "network=lodgebr0");
  expect(devices()).toEqual({ eth1: { type: "nic", network: "lodgebr0" } });
});

test("a relative source is one of this directory", async () => {
  await run("device", "add", "web", "iso", "disk", "source=a/../x.iso");
  await run("device", "add", "web", "volume", "disk", "pool=default", "source=data");
  await run("device", "add", "web", "seed", "disk", "source=cloud-init:config");
  await run("device", "set", "web", "iso", "boot.priority=1");
  expect(devices()).toMatchObject({
    iso: { source: resolve("x.iso") },
    volume: { source: "data" },
    seed: { source: "cloud-init:config" },
  });
});

test("what comes from a profile is overridden, not changed", async () => {
  for (const words of [
    ["set", "web", "root", "size=5GiB"],
    ["unset", "web", "root", "size"],
    ["remove", "web", "root"],
    ["get", "web", "root", "size"],
  ]) {
    const refused = await run("device", ...words);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("lodge device override web root");
  }
  await run("device", "override", "web", "root", "size=5GiB");
  expect(devices()).toEqual({ root: { type: "disk", path: "/", pool: "default", size: "5GiB" } });
  expect((await run("device", "override", "web", "root", "size=5GiB")).stderr).toContain("lodge device set web root");
});

test.each([
  [["add", "web", "root", "disk"], 0],
  [["add", "web", "root", "disk", "size"], 2],
  [["remove", "web", "nix"], 2],
  [["override", "web", "nix"], 2],
  [["add", "nix", "a", "disk"], 3],
])("device %j has the status %i", async (words, status) => {
  expect(await run("device", ...words)).toMatchObject({ status });
});

test("the list says where each comes from", async () => {
  await run("device", "add", "web", "eth1", "nic", "network=lodgebr0", "name=eth1");
  expect((await run("device", "list", "web", "-f", "csv")).stdout).toBe(
    "eth1,nic,instance,network=lodgebr0 name=eth1\nroot,disk,profile,path=/ pool=default\n",
  );
});
