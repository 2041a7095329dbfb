import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { detectCgroups } from "./cgroup-detect.ts";

const cgroups = await detectCgroups(`t${process.pid}`);
const id = "00000001";
afterEach(() => cgroups.removeAll());

function sleeper(): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["60"]);
  if (child.pid === undefined) throw new Error("sleep did not start");
  return Object.assign(child, { pid: child.pid });
}

test("a group holds, freezes, measures and ends its processes", async () => {
  await cgroups.create(id, { cpus: 0.5, memory: 2 ** 26, processes: 10 });
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

test("monitors are no instance and go with everything", async () => {
  const child = sleeper();
  await cgroups.addMonitor(child.pid);
  expect(await cgroups.list()).toEqual([]);
  const ended = once(child, "exit");
  await cgroups.removeAll();
  expect(await ended).toEqual([null, "SIGKILL"]);
});
