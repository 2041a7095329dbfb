/** Limits of containers, changed while they run: by both clients, as the container and the kernel see them. */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { exitStatus } from "@lodge/api/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mustRun } from "../harness/command.ts";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

const mebibyte = 2 ** 20;
const unified = readdirSync("/sys/fs/cgroup").includes("cgroup.controllers");

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "c1");
});
afterAll(() => lodge.stop());

const set = (...pairs: string[]) => lodge.must("config", "set", "c1", ...pairs);
const inside = (script: string, name = "c1") => lodge.must("exec", name, "--", "sh", "-c", script);

/** A control file of a container's group; `v1` as CONTROLLER/FILE. */
async function control(files: { v1: string; v2: string }, name = "c1"): Promise<string> {
  const { pid } = await lodge.client.instances.state(name);
  const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8");
  if (unified) return read("/sys/fs/cgroup", /^0::(.*)$/m.exec(groups)?.[1], files.v2);
  const [controller = "", file = ""] = files.v1.split("/");
  const group = new RegExp(`^\\d+:(?:[^:]*,)?${controller}(?:,[^:]*)?:(.*)$`, "m").exec(groups)?.[1];
  return read(`/sys/fs/cgroup/${controller}`, group, file);
}
const read = (...parts: (string | undefined)[]) =>
  readFileSync(join(...parts.map((part) => part ?? "")), "utf8").trim();

async function refused(status: number, says: RegExp, ...pairs: string[]): Promise<void> {
  const result = await lodge.run("config", "set", "c1", ...pairs);
  expect(result, result.stderr).toMatchObject({ status, stderr: expect.stringMatching(says) });
}

describe("CPUs", () => {
  const all = availableParallelism();
  const cpus = (name = "c1") => inside("grep Cpus_allowed_list /proc/self/status | cut -f 2", name);

  test("a number is what the container counts, on CPUs that others have not", async (context) => {
    if (all < 2) return context.skip("the host has one CPU");
    await lodge.must("launch", "tiny", "c2", "-c", "limits.cpu=1");
    expect(await inside("nproc", "c2")).toBe("1");
    await set("limits.cpu=1");
    expect(await inside("nproc")).toBe("1");
    expect(await cpus()).not.toBe(await cpus("c2"));
    expect(await lodge.must("info", "c1")).toMatch(/on 1 CPU, limit 1/);
    await lodge.must("delete", "-f", "c2");
  });

  test("named ones are those and no others, also for the next daemon", async (context) => {
    if (all < 2) return context.skip("the host has one CPU");
    await set("limits.cpu=1-1");
    expect(await cpus()).toBe("1");
    await lodge.restartDaemon("SIGKILL");
    expect(await cpus()).toBe("1");
    expect((await lodge.client.instances.state("c1")).cpu.allocated_time).toBe(1e9);
    await lodge.must("config", "unset", "c1", "limits.cpu");
    expect(await inside("nproc")).toBe(String(all));
  });

  test("their time is shared by percentage, or measured out", async () => {
    await set("limits.cpu.allowance=50%", "limits.cpu.priority=0");
    expect(await control({ v1: "cpu/cpu.shares", v2: "cpu.weight" })).toBe(unified ? "45" : "461");
    await set("limits.cpu.allowance=20ms/50ms", "limits.cpu.priority=10");
    expect(await control({ v1: "cpu/cpu.cfs_quota_us", v2: "cpu.max" })).toBe(unified ? "20000 50000" : "20000");
    const used = async () => (await lodge.client.instances.state("c1")).cpu.usage / 1e9;
    const before = await used();
    await inside("timeout 1 sh -c 'while :; do :; done' || true");
    expect((await used()) - before).toBeLessThan(0.7);
    await lodge.must("config", "unset", "c1", "limits.cpu.allowance");
    expect(await control({ v1: "cpu/cpu.cfs_quota_us", v2: "cpu.max" })).toMatch(/^(-1|max 100000)$/);
    expect(await control({ v1: "cpu/cpu.shares", v2: "cpu.weight" })).toMatch(/^(1024|100)$/);
  });
});

describe("memory", () => {
  const limit = () => control({ v1: "memory/memory.limit_in_bytes", v2: "memory.max" });
  const total = async () => (await lodge.client.instances.state("c1")).memory.total;

  test("a size or a part of the host's counts at once, and what is shown is what is in force", async () => {
    await set("limits.memory=64MiB");
    expect([await limit(), await total()]).toEqual([String(64 * mebibyte), 64 * mebibyte]);
    await set("limits.memory=10%");
    expect(await total()).toBe(Math.floor(totalmem() / 10 / mebibyte) * mebibyte);
    await set("limits.memory.enforce=soft");
    expect(await total()).toBe(totalmem());
    await set("limits.memory=64MiB", "limits.memory.enforce=hard");
    expect(await total()).toBe(64 * mebibyte);
  });

  test("less than is in use is refused, and costs nobody anything", async () => {
    await inside("dd if=/dev/zero of=/dev/shm/held bs=1M count=40 2>/dev/null");
    await refused(
      exitStatus.conflict,
      /uses more memory than 16MiB/,
      "limits.memory=16MiB",
      "limits.memory.swap=false",
    );
    expect([await total(), await lodge.must("config", "get", "c1", "limits.memory")]).toEqual([64 * mebibyte, "64MiB"]);
    expect(await inside("wc -c < /dev/shm/held; rm /dev/shm/held")).toBe(String(40 * mebibyte));
    await set("limits.memory=16MiB", "limits.memory.swap=false");
    expect(await total()).toBe(16 * mebibyte);
    await lodge.must("config", "unset", "c1", "limits.memory", "limits.memory.swap");
    expect(await total()).toBe(totalmem());
  });
});

test("processes are counted, and the container cannot raise any of it", async () => {
  await set("limits.processes=20");
  const forks = "for i in $(seq 30); do sleep 9 & done; pkill sleep";
  expect((await lodge.run("exec", "c1", "--", "sh", "-c", forks)).stderr).toMatch(/fork/);
  const raise =
    "for file in $(find /sys/fs/cgroup -name pids.max -o -name memory.max -o -name '*limit_in_bytes'); do echo max >$file; done";
  await lodge.run("exec", "c1", "--", "sh", "-c", raise);
  expect(await control({ v1: "pids/pids.max", v2: "pids.max" })).toBe("20");
  await lodge.must("config", "unset", "c1", "limits.processes");
});

test("LXD's client sets them too", async () => {
  const lxc = (...args: string[]) =>
    mustRun("lxc", args, { env: { LXD_DIR: lodge.directory, LXD_CONF: `${lodge.directory}/lxd-conf` } });
  await lxc("config", "set", "c1", "limits.cpu=0-0", "limits.memory=48MiB", "limits.processes=100");
  expect(await inside("nproc")).toBe("1");
  expect(await lxc("info", "c1")).toContain("CPU usage");
  await lxc("config", "set", "c1", "limits.cpu=", "limits.memory=");
  expect(await inside("nproc")).toBe(String(availableParallelism()));
});

test("what is wrong is said, and changes nothing", async () => {
  const { invalid, exhausted, unsupported } = exitStatus;
  await refused(invalid, /number of CPUs from 1, or CPUs such as/, "limits.cpu=3-1");
  await refused(exhausted, /names CPU 900, which the host does not have/, "limits.cpu=0,900");
  await refused(exhausted, /more than the host's \d+ CPUs/, "limits.cpu=900");
  await refused(exhausted, /NUMA node/, "limits.cpu.nodes=99");
  await refused(invalid, /percentage such as 50%/, "limits.cpu.allowance=much");
  await refused(invalid, /from 0 to 10/, "limits.cpu.priority=11");
  await refused(invalid, /hard, soft/, "limits.memory.enforce=maybe");
  await refused(invalid, /true, false or a size/, "limits.memory.swap=some");
  await refused(invalid, /more than its limits.memory/, "limits.memory=64MiB", "limits.memory.min=65MiB");
  await refused(unsupported, /huge pages of 64KB/, "limits.hugepages.64KB=1MiB");
  expect(await inside("nproc")).toBe(String(availableParallelism()));
});
