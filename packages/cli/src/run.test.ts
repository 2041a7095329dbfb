import { EventEmitter } from "node:events";
import { join } from "node:path";
import { FakeDaemon, syncReply } from "@lodge/sdk/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
let socket: string;

beforeEach(async () => {
  daemon = await FakeDaemon.start([
    { name: "web" },
    { name: "db", type: "virtual-machine" },
    { name: "old", status: "Stopped" },
  ]);
  socket = daemon.socket;
});
afterEach(() => daemon.stop());

test("list in each format", async () => {
  const json = await runCli(["list", "-f", "json"], { socket });
  expect(JSON.parse(json.stdout).map(({ name }: { name: string }) => name)).toEqual(["db", "old", "web"]);
  expect((await runCli(["list", "status=stopped", "-f", "csv"], { socket })).stdout).toBe(
    "old,STOPPED,,,CONTAINER,0\n",
  );
  expect((await runCli(["list", "web", "-f", "yaml"], { socket })).stdout).toMatch(/^- name: web\n/);
  expect((await runCli(["list", "web"], { socket })).stdout).toMatch(/^NAME +STATE +IPV4/);
});

test("an empty list says what to do, on standard error", async () => {
  const result = await runCli(["list", "nix"], { socket });
  expect(result).toEqual({ status: 0, stdout: "", stderr: 'No instance fits "nix".\n' });
});

test("colour on a terminal only, and never against NO_COLOR", async () => {
  expect((await runCli(["list"], { socket, columns: 120 })).stdout).toContain("\x1b[32mRUNNING");
  expect((await runCli(["list"], { socket, columns: 120, env: { NO_COLOR: "1" } })).stdout).not.toContain("\x1b");
  expect((await runCli(["list"], { socket })).stdout).not.toContain("\x1b");
});

test("no daemon: what to do, and its status", async () => {
  const result = await runCli(["list"]);
  expect(result.status).toBe(7);
  expect(result.stderr).toMatch(
    /^Error: There is no \/nonexistent\/socket: lodged does not run; start it with `npm start`/,
  );
});

test.each([
  [["nix"], 2, "unknown command 'nix'"],
  [["list", "--nix"], 2, "unknown option '--nix'"],
  [["list", "-f", "xml"], 2, "Allowed choices are table, json, yaml, csv"],
  [["stop"], 2, "missing required argument 'instance'"],
  [["info", "nix"], 3, "There is no instance nix.\n`lodge list` shows"],
  [["start", "web"], 4, "web is running already"],
  [["exec", "nix", "--", "true"], 125, "There is no instance nix"],
  [["exec", "web", "--user", "root", "--", "true"], 125, "must be a whole number"],
  [["help", "nix"], 2, "unknown command 'nix'"],
])("lodge %j ends with %i", async (argv, status, words) => {
  const result = await runCli(argv, { socket });
  expect(result.stderr).toContain(words);
  expect(result.status).toBe(status);
});

test.each([[[]], [["help"]], [["image"]], [["image", "alias"]], [["list", "--help"]], [["help", "exit-status"]]])(
  "lodge %j explains on standard output",
  async (argv) => {
    const result = await runCli(argv, { socket });
    expect(result).toMatchObject({ status: 0, stderr: "" });
    expect(result.stdout).toMatch(/Usage|Exit statuses/);
  },
);

test("several instances: each is tried, the first failure is the status", async () => {
  const result = await runCli(["stop", "nix", "old", "web"], { socket });
  expect(result).toMatchObject({ status: 3, stdout: "Stopped web\n" });
  expect(result.stderr).toMatch(/no instance nix[\s\S]*old is stopped already/);
});

test("launch sends what was asked for", async () => {
  daemon.server.on("GET", /\/profiles\/default$/, () =>
    syncReply({ devices: { root: { type: "disk", pool: "default", path: "/" } } }),
  );
  const argv = ["launch", "debian/12", "new", "--vm", "-c", "limits.cpu=2", "-c", "user.x=a=b", "--no-nic", "-e"];
  const result = await runCli([...argv, "-d", "root,size=20GiB"], { socket });
  expect(result).toMatchObject({ status: 0, stdout: "Launched new\n" });
  expect(daemon.instances.get("new")).toMatchObject({
    type: "virtual-machine",
    config: { "limits.cpu": "2", "user.x": "a=b" },
    devices: { eth0: { type: "none" }, root: { type: "disk", pool: "default", path: "/", size: "20GiB" } },
  });
});

test("--empty asks for no image; the only word is the name", async () => {
  let sent = {};
  daemon.server.on("POST", /^\/1\.0\/instances$/, ({ body }) => {
    sent = JSON.parse(String(body));
    return daemon.operations.start("Creating lab", "lab", async () => undefined);
  });
  await runCli(["init", "--empty", "lab", "--vm"], { socket });
  expect(sent).toMatchObject({ name: "lab", type: "virtual-machine", source: { type: "none" } });
  const both = await runCli(["init", "debian/12", "lab", "--empty"], { socket });
  expect(both).toMatchObject({ status: 2, stderr: expect.stringContaining("no image") });
});

test("an ISO is the medium of a virtual machine with an empty disk, which boots first once it can", async () => {
  let sent = {};
  const root = { type: "disk", pool: "default", path: "/" };
  daemon.server
    .on("GET", /\/profiles\/default$/, () => syncReply({ devices: { root } }))
    .on("POST", /^\/1\.0\/instances$/, ({ body }) => {
      sent = JSON.parse(String(body));
      return daemon.operations.start("Creating lab", "lab", async () => undefined);
    });
  await runCli(["launch", "media/x.ISO", "lab", "--vm", "-d", "root,size=20GiB"], { socket });
  expect(sent).toMatchObject({
    name: "lab",
    type: "virtual-machine",
    source: { type: "none" },
    devices: {
      root: { ...root, size: "20GiB", "boot.priority": "1" },
      iso: { type: "disk", source: join(process.cwd(), "media/x.ISO"), "boot.priority": "0" },
    },
  });
  const container = await runCli(["launch", "x.iso", "lab"], { socket });
  expect(container).toMatchObject({ status: 2, stderr: expect.stringContaining("add --vm") });
});

test("a name that the daemon chose is all that launch -q prints", async () => {
  expect(await runCli(["-q", "launch", "tiny"], { socket })).toEqual({ status: 0, stdout: "clever-fox\n", stderr: "" });
});

test("delete refuses a running instance, --force ends it first", async () => {
  expect(await runCli(["delete", "web"], { socket })).toMatchObject({ status: 4 });
  expect(await runCli(["delete", "-f", "web", "old"], { socket })).toMatchObject({
    status: 0,
    stdout: "Deleted web\nDeleted old\n",
  });
  expect([...daemon.instances.keys()]).toEqual(["db"]);
});

test("a person who sets a lifetime is told its end", async () => {
  const web = daemon.instances.get("web");
  if (!web) throw new Error("no web");
  web.expanded_config["ttl"] = "1h";
  web.config["volatile.ttl.deadline"] = "2026-01-02T06:00:00Z";
  const set = ["config", "set", "web", "ttl=1h"];
  expect(await runCli(set, { socket })).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect((await runCli(set, { socket, columns: 80 })).stderr).toMatch(/^web lives 1h, until 2026-01-02 .*\n$/);
});

test("config set, get, unset, and another's change in between", async () => {
  await runCli(["config", "set", "web", "user.a=1", "user.b=2"], { socket });
  await runCli(["config", "set", "web", "user.c", "3"], { socket });
  await runCli(["config", "unset", "web", "user.a"], { socket });
  expect(daemon.instances.get("web")?.config).toMatchObject({ "user.b": "2", "user.c": "3" });
  expect((await runCli(["config", "get", "web", "user.a"], { socket })).stdout).toBe("\n");
  expect((await runCli(["config", "get", "web", "user.c"], { socket })).stdout).toBe("3\n");
});

test("Ctrl-C cancels what is under way", async () => {
  const signals = new EventEmitter();
  daemon.server.on("DELETE", /\/old$/, () =>
    daemon.operations.start("Deleting instance", "old", (_update, signal) => {
      setImmediate(() => signals.emit("SIGINT"));
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }),
  );
  const result = await runCli(["delete", "old"], { socket, signals });
  expect(result.status).toBe(130);
  expect(result.stderr).toMatch(/Cancelling[\s\S]*Cancelled/);
});

test("a second Ctrl-C leaves the operation to itself", async () => {
  const signals = new EventEmitter();
  daemon.server.on("DELETE", /\/old$/, () =>
    daemon.operations.start("Deleting instance", "old", () => {
      setImmediate(() => signals.emit("SIGINT"));
      setImmediate(() => signals.emit("SIGINT"));
      return new Promise(() => undefined);
    }),
  );
  const result = await runCli(["delete", "old"], { socket, signals });
  expect(result.status).toBe(130);
  expect(result.stderr).toContain("Left running");
});

test("wait for an address prints it", async () => {
  expect((await runCli(["wait", "web", "--for", "address"], { socket })).stdout).toMatch(/^10\.77\.3\.14\nfd42:/);
  expect(await runCli(["wait", "web", "stopped", "--timeout", "0"], { socket })).toMatchObject({ status: 9 });
});
