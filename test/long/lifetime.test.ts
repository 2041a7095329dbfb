/** Instances that end by themselves: with their time, with the command that they were made for. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
});
afterAll(() => lodge.stop());

const names = () => lodge.client.instances.names();
const gone = (name: string) => until(`${name} is gone`, 30_000, async () => !(await names()).includes(name));

/** `lodge run` with a command that would never end, once that runs. */
async function runForever(name: string): Promise<ChildProcess> {
  const words = ["run", "--name", name, "tiny", "--", "sh", "-c", "echo begun; exec sleep 1000"];
  const child = spawn(process.execPath, [cliMain, ...words], {
    env: { ...process.env, LODGE_DIR: lodge.directory },
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (!child.stdout) throw new Error("no output");
  await once(child.stdout, "data");
  return child;
}

test("an instance is deleted when its time is up, by whichever daemon there is then", async () => {
  await lodge.must("launch", "tiny", "brief", "--ttl", "4s");
  expect(await lodge.must("info", "brief")).toMatch(/^Lifetime: +4s, until /m);
  await lodge.must("launch", "tiny", "kept", "--ttl", "4s", "-c", "security.protection.delete=true");
  expect(await lodge.must("list")).toContain("EXPIRES");
  await lodge.restartDaemon("SIGKILL");
  await gone("brief");
  await until("the protected one is stopped", 60_000, async () => {
    return (await lodge.client.instances.get("kept")).status === "Stopped";
  });
  const refused = await lodge.run("start", "kept");
  expect(refused.stderr).toContain("lodge config set kept ttl=");
  await lodge.must("config", "set", "kept", "ttl=1h", "security.protection.delete=false");
  await lodge.must("start", "kept");
  await lodge.must("delete", "--force", "kept");
});

test("a command has an instance of its own, and its streams and its status", async () => {
  const script = "cat; echo errors >&2; exit 7";
  expect(await lodge.runWith({ input: "in\n" }, "run", "tiny", "--", "sh", "-c", script)).toEqual({
    ...{ status: 7, stdout: "in\n", stderr: "errors\n" },
  });
  expect((await lodge.run("run", "tiny", "no-such-program")).status).toBe(127);
  expect((await lodge.run("run", "no-such-image", "true")).status).toBe(125);
  expect(await names()).toEqual([]);
});

test("in a virtual machine, too", async () => {
  const script = "cat; echo errors >&2; exit 9";
  const ran = await lodge.runWith(
    { input: "in\n" },
    "run",
    "--vm",
    "-c",
    "limits.memory=256MiB",
    "tiny",
    "--",
    "sh",
    "-c",
    script,
  );
  expect(ran).toMatchObject({ status: 9, stdout: "in\n", stderr: expect.stringMatching(/errors\n$/) });
  expect(await names()).toEqual([]);
});

test.each(["SIGTERM", "SIGKILL"] as const)("the instance goes when its client gets %s", async (signal) => {
  const client = await runForever("client");
  expect(await names()).toEqual(["client"]);
  client.kill(signal);
  await once(client, "exit");
  await gone("client");
});

test("the instance goes when the daemon is killed", async () => {
  const client = await runForever("daemon");
  await lodge.endDaemon("SIGKILL");
  const ended = once(client, "exit");
  await lodge.startDaemon();
  expect((await ended)[0]).toBe(125);
  expect(await names()).toEqual([]);
});

test("a sandbox has no network", async () => {
  expect(await lodge.must("run", "tiny", "-p", "sandbox", "--", "ls", "/sys/class/net")).toBe("lo");
});

test("devices of the host that a virtual machine cannot have are said before it starts", async () => {
  await lodge.must("init", "--empty", "m", "--vm", "-c", "limits.memory=256MiB", "-d", "root,size=16MiB");
  for (const [device, words] of [
    [["pci", "address=ffff:ff:1f.7"], "the host has no PCI device ffff:ff:1f.7"],
    [["gpu", "vendorid=ffff"], "the host has no such graphics card"],
    [["usb", "vendorid=ffff", "required=true"], "the host has no such USB device"],
  ] as const) {
    await lodge.must("device", "add", "m", "d", ...device);
    expect((await lodge.run("start", "m")).stderr).toContain(words);
    await lodge.must("device", "remove", "m", "d");
  }
  await lodge.must("delete", "m");
});
