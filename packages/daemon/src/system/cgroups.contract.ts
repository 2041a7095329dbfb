import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, test } from "vitest";
import { detectCgroups } from "./cgroup-detect.ts";
import type { CgroupLimits } from "./cgroups.ts";
import { hostCpus } from "./host-cpus.ts";

const cgroups = await detectCgroups(`t${process.pid}`);
const id = "00000001";
afterEach(() => cgroups.removeAll());

function sleeper(): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["60"]);
  if (child.pid === undefined) throw new Error("sleep did not start");
  return Object.assign(child, { pid: child.pid });
}

test("a group holds, freezes, measures and ends its processes", async () => {
  await cgroups.create(id, { cpuTime: { time: 50, period: 100 }, memory: 2 ** 26, processes: 10 });
  const child = sleeper();
  await cgroups.add(id, child.pid);
  expect(await cgroups.processes(id)).toEqual([child.pid]);
  expect(await cgroups.usage(id)).toMatchObject({ processes: 1 });
  await cgroups.freeze(id);
  expect(await cgroups.frozen(id)).toBe(true);
  await cgroups.thaw(id);
  expect(await cgroups.frozen(id)).toBe(false);
  await cgroups.freeze(id);
  const ended = once(child, "exit");
  await cgroups.remove(id);
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(await cgroups.list()).toEqual([]);
});

test("making again changes limits, what does not exist is empty, removing twice is fine", async () => {
  await cgroups.create(id, { memory: 2 ** 26 });
  await cgroups.create(id, {});
  expect(await cgroups.list()).toEqual([id]);
  await cgroups.remove(id);
  await cgroups.remove(id);
  expect(await cgroups.processes(id)).toEqual([]);
  expect(await cgroups.usage(id)).toBeUndefined();
  expect(await cgroups.frozen(id)).toBe(false);
});

test("groups below one that is not there are made with it", async () => {
  await cgroups.create(`below/${id}`, {});
  const child = sleeper();
  await cgroups.add(`below/${id}`, child.pid);
  const ended = once(child, "exit");
  await cgroups.remove("below");
  expect(await ended).toEqual([null, "SIGKILL"]);
});

test("monitors are no instance and go with everything", async () => {
  const child = sleeper();
  await cgroups.addMonitor(child.pid);
  expect(await cgroups.list()).toEqual([]);
  const ended = once(child, "exit");
  await cgroups.removeAll();
  expect(await ended).toEqual([null, "SIGKILL"]);
});

describe("limits", () => {
  const mebibyte = 2 ** 20;

  /** A process in the group that has so much memory of its own, and says when. */
  async function holder(bytes: number) {
    const script = `const held = Buffer.alloc(${bytes}, 1); console.log("held"); setInterval(() => held[0]++, 1000);`;
    const child = spawn(process.execPath, ["-e", `process.stdin.once("data", () => { ${script} });`]);
    if (child.pid === undefined) throw new Error("node did not start");
    await cgroups.add(id, child.pid);
    child.stdin.write("go\n");
    await once(child.stdout, "data");
    return child;
  }

  const allowed = async (pid: number) =>
    /^Cpus_allowed_list:\s*(\S+)$/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];

  test("of CPUs are those that a process has, and moving and unsetting is seen at once", async (context) => {
    const all = await hostCpus();
    const [first, last] = [all[0], all.at(-1)];
    if (first === undefined || last === undefined || first === last) return context.skip("the host has one CPU");
    await cgroups.create(id, { cpuSet: [last] });
    const child = sleeper();
    await cgroups.add(id, child.pid);
    expect([await allowed(child.pid), await cgroups.cpus(id)]).toEqual([String(last), [last]]);
    await cgroups.moveToCpus(id, [first]);
    expect(await allowed(child.pid)).toBe(String(first));
    await cgroups.limit(id, {});
    expect(await cgroups.cpus(id)).toEqual(all);
  });

  test.each<[string, CgroupLimits]>([
    ["memory", { memory: 64 * mebibyte }],
    ["memory with little swap", { memory: 64 * mebibyte, swap: { bytes: mebibyte, required: false } }],
  ])("are what is measured, and go again: %s", async (_what, limits) => {
    await cgroups.create(id, limits);
    expect(await cgroups.usage(id)).toMatchObject({ memoryLimit: limits.memory });
    await cgroups.limit(id, { memory: 128 * mebibyte });
    expect(await cgroups.usage(id)).toMatchObject({ memoryLimit: 128 * mebibyte });
    await cgroups.limit(id, { ...limits, swap: { bytes: 0, required: false } });
    await cgroups.limit(id, {});
    expect(await cgroups.usage(id)).not.toHaveProperty("memoryLimit");
  });

  test("of weight, time and soft memory are taken in any order", async () => {
    await cgroups.create(id, { cpuWeight: 0.1, cpuTime: { time: 1, period: 1000 } });
    await cgroups.limit(id, { cpuWeight: 10_000, cpuTime: { time: 200, period: 1 }, softMemory: 64 * mebibyte });
    await cgroups.limit(id, { cpuTime: { time: 50, period: 100, burst: 50 } });
    await cgroups.limit(id, { cpuTime: { time: 1, period: 100 }, swappiness: 0 });
    await cgroups.limit(id, { cpuTime: { time: 20, period: 100, burst: 10 }, guaranteedMemory: 64 * mebibyte });
    await cgroups.limit(id, {});
  });

  test("of less memory than is in use are refused, kill nobody, and leave the old ones", async () => {
    const before = { memory: 256 * mebibyte, swap: { bytes: 0, required: false } };
    await cgroups.create(id, before);
    const child = await holder(96 * mebibyte);
    await expect(cgroups.limit(id, { ...before, memory: 32 * mebibyte })).rejects.toMatchObject({
      name: "MemoryInUse",
    });
    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
    expect(await cgroups.usage(id)).toMatchObject({ memoryLimit: 256 * mebibyte });
    await cgroups.limit(id, { ...before, memory: 192 * mebibyte });
    expect(await cgroups.usage(id)).toMatchObject({ memoryLimit: 192 * mebibyte });
  });

  test("of huge pages that the host has not are refused in words", async () => {
    // 64 KiB are ARM's.
    await expect(cgroups.create(id, { hugePages: { "64KB": 2 ** 16 } })).rejects.toMatchObject({
      code: "host_unsupported",
      message: expect.stringContaining("huge pages of 64KB"),
    });
  });
});
