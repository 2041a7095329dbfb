/** Sizes of virtual machines that run: what the guest reports after `lodge config set`, of one that booted and of one that was forked. */
import { availableParallelism } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
const two = availableParallelism() > 1;
const most = two ? "2" : "1";
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("launch", "tiny", "one", "--vm", "-c", `limits.cpu=${most}`, "-c", "limits.memory=768MiB");
  await lodge.must("wait", "one");
});
afterAll(() => lodge.stop());

const inside = (name: string, script: string) => lodge.must("exec", name, "--", "sh", "-c", script);

/** CPUs, and MiB of memory without what the kernel keeps for itself, as the guest counts them. */
async function size(name: string): Promise<{ readonly cpus: number; readonly memory: number }> {
  const said = await inside(name, "nproc; sed -n 's/^MemTotal: *//p' /proc/meminfo");
  const [cpus = "", kibibytes = ""] = said.split("\n");
  return { cpus: Number(cpus), memory: Number.parseInt(kibibytes, 10) / 1024 };
}

/** What the kernel keeps for itself, and a step. */
const missing = 56;

async function expectSize(name: string, cpus: number, memory: number): Promise<void> {
  const seen = await size(name);
  expect(seen.cpus).toBe(cpus);
  expect(seen.memory).toBeGreaterThan(memory - missing);
  expect(seen.memory).toBeLessThanOrEqual(memory);
}

const limit = (name: string, key: string, value: string) => lodge.must("config", "set", name, key, value);

test("a machine that booted has all that it asked for, and its memory goes down and up", async () => {
  await expectSize("one", Number(most), 768);
  await inside("one", "dd if=/dev/urandom of=/run/kept bs=1M count=24; md5sum < /run/kept > /run/sum");
  await limit("one", "limits.memory", "400MiB");
  await expectSize("one", Number(most), 400);
  await limit("one", "limits.memory", "1GiB");
  await expectSize("one", Number(most), 1024);
  expect(await inside("one", "md5sum < /run/kept | cmp - /run/sum && echo whole")).toBe("whole");
  expect(await lodge.must("info", "one")).toMatch(/^Memory: .* of 1\.0 GiB$/m);
});

test("CPUs go down and up", async (context) => {
  if (!two) return context.skip("the host has one CPU");
  await limit("one", "limits.cpu", "1");
  await expectSize("one", 1, 1024);
  await limit("one", "limits.cpu", "2");
  await expectSize("one", 2, 1024);
  expect(await lodge.must("info", "one")).toMatch(/^Guest has: +2 CPUs, /m);
});

test("what cannot be is refused, and nothing is changed", async () => {
  const tooLittle = await lodge.run("config", "set", "one", "limits.memory", "128MiB");
  expect(tooLittle.status).not.toBe(0);
  expect(tooLittle.stderr).toMatch(/started with 384 MiB that cannot be taken away/);
  expect(await lodge.must("config", "get", "one", "limits.memory")).toBe("1GiB");
  // The guest holds on to more than that.
  await inside("one", "mkdir /run/large; mount -t tmpfs -o size=700m none /run/large");
  await inside("one", "dd if=/dev/zero of=/run/large/much bs=1M count=500");
  const used = await lodge.run("config", "set", "one", "limits.memory", "400MiB");
  expect(used.stderr).toMatch(/its guest can do without \d+ MiB, and not without 624/);
  expect(await lodge.must("config", "get", "one", "limits.memory")).toBe("1GiB");
  await expectSize("one", Number(most), 1024);
  await inside("one", "umount /run/large");
});

test("its fork has the size that it had then, and another one later", async () => {
  await limit("one", "limits.memory", "600MiB");
  await lodge.must("fork", "one", "two");
  await expectSize("two", Number(most), 600);
  await limit("two", "limits.memory", "500MiB");
  await limit("two", "limits.memory", "900MiB");
  await expectSize("two", Number(most), 900);
  await expectSize("one", Number(most), 600);
  expect(await inside("two", "md5sum < /run/kept | cmp - /run/sum && echo whole")).toBe("whole");
  await lodge.must("delete", "two", "--force");
});

test("a daemon that is killed in the middle leaves a change that the next one finishes", async () => {
  const change = lodge.run("config", "set", "one", "limits.memory", "1GiB");
  await lodge.restartDaemon("SIGKILL");
  await change;
  const asked = await lodge.must("config", "get", "one", "limits.memory");
  await expectSize("one", Number(most), asked === "1GiB" ? 1024 : 600);
  await limit("one", "limits.memory", "800MiB");
  await expectSize("one", Number(most), 800);
});

test("its state has the size as well, and a restart gives it anew", async () => {
  await lodge.must("stop", "one", "--stateful");
  await lodge.must("start", "one");
  await expectSize("one", Number(most), 800);
  await limit("one", "limits.memory", "512MiB");
  await expectSize("one", Number(most), 512);
});
