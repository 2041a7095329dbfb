/** Instances around the life of their host: reboots, shutdowns, restarts of the daemon, crashes. */
import type { InstanceFull } from "@lodge/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rebootHost } from "../harness/host-reboot.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "ran", "-c", "boot.autostart.priority=-1");
  await lodge.must("launch", "tiny", "first", "-c", "boot.autostart.priority=9", "-c", "boot.autostart.delay=1");
  await lodge.must("launch", "tiny", "machine", "--vm");
  await lodge.must("launch", "tiny", "never", "-c", "boot.autostart=false");
  await lodge.must("init", "tiny", "always", "-c", "boot.autostart=true");
  await lodge.must("init", "tiny", "off");
});
afterAll(() => lodge.stop());

const list = () => lodge.client.instances.list();
const statuses = async () => Object.fromEntries((await list()).map(({ name, status }) => [name, status]));
const instance = async (name: string): Promise<InstanceFull> => lodge.client.instances.getFull(name);
const pids = async () => Object.fromEntries((await list()).map(({ name, state }) => [name, state.pid]));
const nobodyStarting = () =>
  until("all starts to be done", 60_000, async () => !Object.values(await statuses()).includes("Starting"));

const afterBoot = {
  always: "Running",
  first: "Running",
  machine: "Running",
  never: "Stopped",
  off: "Stopped",
  ran: "Running",
};

test("a reboot of the host brings back what ran, in order, while the daemon answers already", async () => {
  await lodge.must("exec", "ran", "--", "sh", "-c", "echo kept > /root/file");
  await rebootHost(lodge);
  expect((await lodge.client.operations.list()).map(({ description }) => description)).toContain(
    "Starting instances after a boot of the host",
  );
  await nobodyStarting();
  expect(await statuses()).toEqual(afterBoot);
  expect(await lodge.must("exec", "ran", "--", "cat", "/root/file")).toBe("kept");
  const used = async (name: string) => Date.parse((await instance(name)).last_used_at);
  expect((await used("machine")) - (await used("first"))).toBeGreaterThanOrEqual(1000);
  expect(await used("ran")).toBeGreaterThanOrEqual(await used("machine"));
  expect(await lodge.must("info", "first")).toMatch(/^Autostart: .*priority 9, 1 s before the next$/m);
});

test.each(["SIGTERM", "SIGKILL"] as const)("a daemon that ends by %s is no reboot", async (signal) => {
  await lodge.must("stop", "--force", "always");
  const before = await pids();
  await lodge.restartDaemon(signal);
  await nobodyStarting();
  expect(await pids()).toEqual(before);
  await lodge.must("start", "always");
});

test("shutting down with the host is clean where it can be, and the next daemon brings all back", async () => {
  await lodge.must("launch", "tiny", "brief", "--ephemeral");
  await lodge.must("launch", "tiny", "deaf", "-c", "boot.host_shutdown_timeout=1", "-c", "boot.stop.priority=5");
  process.kill((await instance("deaf")).state.pid, "SIGSTOP");
  await lodge.must("exec", "ran", "--", "sh", "-c", "echo sync > /root/file");
  const output = await lodge.must("host", "shutdown");
  expect(output).toContain("Shut down 6 instances");
  expect(new Set(Object.values(await statuses()))).toEqual(new Set(["Stopped"]));
  const refused = await lodge.run("start", "ran");
  expect(refused.stderr).toContain("restart the daemon");
  await lodge.restartDaemon("SIGTERM");
  await nobodyStarting();
  expect(await statuses()).toEqual({ ...afterBoot, brief: "Running", deaf: "Running" });
  await lodge.must("delete", "--force", "deaf");
  await lodge.must("stop", "--force", "brief");
  expect(await statuses()).toEqual(afterBoot);
});

/** Ends an instance as no user does. */
async function crash(name: string): Promise<void> {
  const { pid } = (await instance(name)).state;
  process.kill(pid, "SIGKILL");
  await until(`what follows on the crash of ${name}`, 30_000, async () => {
    const { status, state } = await instance(name);
    return status === "Error" || (status === "Running" && state.pid !== pid && state.pid !== 0);
  });
}

test.each([
  ["container", []],
  ["virtual machine", ["--vm"]],
])("a %s that crashes is started again, and given up when it goes on like that", async (_type, options) => {
  const settings = ["-c", "boot.autorestart=true", "-c", "boot.autorestart.limit=2"];
  await lodge.must("launch", "tiny", "weak", ...options, ...settings);
  const events: string[] = [];
  const end = new AbortController();
  const listening = (async () => {
    for await (const event of await lodge.client.events.open({ types: ["lifecycle"], signal: end.signal }))
      events.push((event.metadata as { action: string }).action);
  })().catch(() => undefined);
  await crash("weak");
  await crash("weak");
  expect((await instance("weak")).status).toBe("Running");
  expect(await lodge.must("info", "weak")).toMatch(/^Restarts: +2 in a row\. /m);
  await crash("weak");
  expect((await instance("weak")).status).toBe("Error");
  expect(await lodge.must("info", "weak")).toMatch(/^Problem: +2 restarts in a row failed\. /m);
  expect((await lodge.run("wait", "weak")).stderr).toContain("2 restarts in a row failed");
  await lodge.must("start", "weak");
  expect(events.filter((action) => action.startsWith("instance-restart"))).toEqual([
    "instance-restart-scheduled",
    "instance-restarted",
    "instance-restart-scheduled",
    "instance-restarted",
  ]);
  end.abort();
  await listening;
  await lodge.must("delete", "--force", "weak");
});

test("what the user stops stays off, whatever would start it", async () => {
  await lodge.must("launch", "tiny", "weak", "-c", "boot.autorestart=true");
  // Each restart waits twice as long as the one before: the fourth, four seconds, long enough to be seen also on a busy host.
  for (let restarts = 0; restarts < 3; restarts++) await crash("weak");
  const { pid } = (await instance("weak")).state;
  process.kill(pid, "SIGKILL");
  await until("the waiting for the fourth restart", 30_000, async () => (await instance("weak")).status === "Starting");
  expect(await lodge.must("info", "weak")).toMatch(/^Next start: +in [1-4]s\. /m);
  await lodge.must("stop", "weak");
  expect((await instance("weak")).status).toBe("Stopped");
  await lodge.restartDaemon();
  expect((await instance("weak")).status).toBe("Stopped");
  await lodge.must("delete", "weak");
});
