import { FakeDaemon } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }]);
});
afterEach(() => daemon.stop());

const run = (...argv: string[]) => runCli(argv, { socket: daemon.socket });
const small = () => daemon.profiles.byName.get("small");

test("a profile is made, changed, copied, renamed and deleted", async () => {
  expect(await run("profile", "create", "small", "limits.cpu=1", "--description", "little")).toMatchObject({
    status: 0,
  });
  expect(small()).toMatchObject({ description: "little", config: { "limits.cpu": "1" } });
  await run("profile", "set", "small", "limits.memory", "64MiB");
  await run("profile", "set", "small", "-p", "description=tiny one");
  await run("profile", "unset", "small", "limits.cpu");
  expect(small()).toMatchObject({ description: "tiny one", config: { "limits.memory": "64MiB" } });
  expect((await run("profile", "get", "small", "limits.memory")).stdout).toBe("64MiB\n");
  expect((await run("profile", "get", "small", "-p", "description")).stdout).toBe("tiny one\n");
  await run("profile", "copy", "small", "other");
  await run("profile", "rename", "small", "little");
  expect([...daemon.profiles.byName.keys()]).toEqual(["default", "other", "little"]);
  expect((await run("profile", "delete", "other", "little")).stdout).toContain("Deleted profile little");
  expect([...daemon.profiles.byName.keys()]).toEqual(["default"]);
});

test("a profile comes as YAML on standard input, and goes out as such", async () => {
  const input = "config:\n  limits.cpu: 2\ndevices:\n  eth1: {type: nic, network: lodgebr0}\n";
  await runCli(["profile", "create", "small", "user.a=b"], { socket: daemon.socket, input });
  expect(small()).toMatchObject({
    config: { "limits.cpu": "2", "user.a": "b" },
    devices: { eth1: { type: "nic", network: "lodgebr0" } },
  });
  const { stdout } = await run("profile", "show", "small");
  await run("profile", "copy", "default", "same");
  await runCli(["profile", "edit", "same"], { socket: daemon.socket, input: stdout });
  expect(daemon.profiles.byName.get("same")?.config).toEqual({ "limits.cpu": "2", "user.a": "b" });
});

test("instances have profiles", async () => {
  const profiles = () => daemon.instances.get("web")?.profiles;
  await run("profile", "add", "web", "small");
  expect(profiles()).toEqual(["default", "small"]);
  expect((await run("profile", "add", "web", "small")).status).toBe(2);
  await run("profile", "remove", "web", "default");
  expect(profiles()).toEqual(["small"]);
  expect((await run("profile", "remove", "web", "default")).stderr).toContain("it has small");
  await run("profile", "assign", "web", "a,b");
  expect(profiles()).toEqual(["a", "b"]);
  await run("profile", "assign", "web", "");
  expect(profiles()).toEqual([]);
});

test("a profile has devices", async () => {
  await run("profile", "device", "add", "default", "data", "disk", "source=/srv", "path=/srv");
  await run("profile", "device", "set", "default", "data", "readonly=true");
  await run("profile", "device", "remove", "default", "eth0");
  expect((await run("profile", "device", "list", "default", "-f", "csv")).stdout).toBe(
    "data,disk,profile,source=/srv path=/srv readonly=true\nroot,disk,profile,path=/ pool=default\n",
  );
});
