/** Virtual machines that are stopped, kept and brought back with what runs in them, as a user types it. */
import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "v1", "--vm", "-c", "limits.memory=256MiB");
  await lodge.must("wait", "v1");
  await inside(
    "(i=0; while :; do i=$((i+1)); echo $i > /run/counter; sleep 0.1; done) > /dev/null 2>&1 & echo $! > /run/pid",
  );
});
afterAll(() => lodge.stop());

const inside = (script: string) => lodge.must("exec", "v1", "--", "sh", "-c", script);
const instance = () => lodge.client.instances.get("v1");

/** What tells this run of the guest from every other, and how far its process has come. */
async function life() {
  // The file is empty while it is being written.
  const counter = "until read -r counter < /run/counter; do :; done; echo $counter";
  const script = `cat /proc/sys/kernel/random/boot_id; kill -0 $(cat /run/pid) && { ${counter}; }`;
  const [boot, count] = (await inside(script)).split("\n");
  return { boot, counter: Number(count) };
}

/** The guest is the one that it was, and its process goes on from where it was. */
async function expectSame(before: Awaited<ReturnType<typeof life>>): Promise<void> {
  const after = await life();
  expect(after.boot).toBe(before.boot);
  expect(after.counter).toBeGreaterThanOrEqual(before.counter);
  await expect.poll(async () => (await life()).counter, { timeout: 20_000 }).toBeGreaterThan(after.counter);
}

/** Directories of kept states, of all instances. */
function states(): string[] {
  const roots = join(lodge.directory, "pools/default/roots");
  return readdirSync(roots).flatMap((root) => {
    const memory = join(roots, root, "memory");
    const present = statSync(memory, { throwIfNoEntry: false }) !== undefined;
    return present ? readdirSync(memory).map((state) => join(memory, state)) : [];
  });
}

test("what ran goes on after a stop, whatever daemon runs then", async () => {
  const before = await life();
  expect(await lodge.must("stop", "v1", "--stateful")).toBe("Stopped v1");
  expect(await instance()).toMatchObject({ status: "Stopped", stateful: true });
  expect(await lodge.must("info", "v1")).toMatch(/^State: +Stopped, with its memory$/m);
  expect(states()).toHaveLength(1);
  await lodge.restartDaemon("SIGKILL");
  const memory = await lodge.run("config", "set", "v1", "limits.memory=512MiB");
  expect(memory.stderr).toMatch(/limits\.memory cannot change.*lodge start v1 --stateless/s);
  expect(await lodge.must("start", "v1")).toBe("Started v1");
  await expectSame(before);
  expect(await instance()).toMatchObject({ status: "Running", stateful: false });
  expect(states()).toEqual([]);
});

test("a daemon that is killed while it keeps or takes up a state leaves the run or the state", async () => {
  const seen: string[] = [];
  const killedAfter = async (milliseconds: number, action: "stop" | "start") => {
    const change = lodge.client.instances.setState("v1", action, { stateful: true });
    const ended = change.then((operation) => operation.wait()).catch(() => undefined);
    await delay(milliseconds);
    await lodge.restartDaemon("SIGKILL");
    await ended;
    const { status, stateful } = await instance();
    seen.push(`${action}, killed after ${milliseconds} ms: ${status}${stateful ? " with its memory" : ""}`);
    expect(stateful).toBe(status === "Stopped");
    expect(states()).toHaveLength(stateful ? 1 : 0);
    return status === "Running";
  };
  const before = await life();
  if (await killedAfter(300, "stop")) {
    await expectSame(before);
    await lodge.must("stop", "v1", "--stateful");
  }
  if (!(await killedAfter(300, "start"))) await lodge.must("start", "v1");
  await expectSame(before);
  process.stdout.write(`${seen.join("\n")}\n`);
});

test("a snapshot holds memory, devices and disk of one moment, and is gone back to", async () => {
  await inside("echo before > /root/word; sync");
  const operation = await lodge.client.instances.snapshots("v1").create({ name: "warm", stateful: true });
  const { metadata } = await operation.wait();
  const before = await life();
  process.stdout.write(`stood still for a stateful snapshot: ${String(metadata["stood_still_milliseconds"])} ms\n`);
  expect(await lodge.must("snapshot", "list", "v1")).toMatch(/^warm .* yes /m);
  await inside("echo after > /root/word; sync; kill $(cat /run/pid)");
  await lodge.restartDaemon("SIGKILL");
  for (const ran of [true, false]) {
    if (!ran) await lodge.must("stop", "v1", "--force");
    expect(await lodge.must("restore", "v1", "warm")).toBe("Restored v1 from warm");
    const after = await life();
    expect(after.boot).toBe(before.boot);
    expect(await inside("cat /root/word")).toBe("before");
  }
  await lodge.must("restore", "v1", "warm", "--stateless");
  await lodge.must("wait", "v1");
  expect(await inside("cat /proc/sys/kernel/random/boot_id /root/word")).toMatch(
    new RegExp(`^(?!${before.boot})\\S+\nbefore$`),
  );
});

test("a state that is damaged is told, with the way on, and not started", async () => {
  await lodge.must("stop", "v1", "--stateful");
  for (const file of states().flatMap((path) => readdirSync(path).map((name) => join(path, name))))
    truncateSync(file, Math.floor(statSync(file).size / 2));
  const refused = await lodge.run("start", "v1");
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toMatch(/cannot be loaded.*"lodge start v1 --stateless"/s);
  expect(await instance()).toMatchObject({ status: "Stopped", stateful: true });
  await lodge.must("start", "v1", "--stateless");
  await lodge.must("wait", "v1");
  expect(await inside("cat /root/word")).toBe("before");
});

test("containers have none, and nothing is left of those that are deleted", async () => {
  await lodge.must("launch", "tiny", "c1");
  for (const words of [
    ["stop", "c1", "--stateful"],
    ["snapshot", "create", "c1", "--stateful"],
  ]) {
    const refused = await lodge.run(...words);
    expect(refused).toMatchObject({ status: 10 });
    expect(refused.stderr).toMatch(/is a container; only the memory of virtual machines can be kept/);
  }
  await lodge.must("snapshot", "delete", "v1", "warm");
  expect(states()).toEqual([]);
  await lodge.must("delete", "--force", "v1", "c1");
});
