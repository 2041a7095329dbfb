/** Forks of a real QEMU that are larger than what they are forked from, and what their memory holds from then on. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { InstanceId, InstanceSpec } from "@lodge/core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Bench, createBench } from "../testing/bench.ts";
import { type Kept, KeptStates } from "../testing/kept-states.ts";

const mebibyte = 2 ** 20;
let bench: Bench;
let states: KeptStates;
let source: InstanceSpec;
let names = 0;

const ready = "modprobe virtio_mem; echo online > /sys/devices/system/memory/auto_online_blocks";

beforeAll(async () => {
  bench = await createBench();
  states = new KeptStates(bench);
  const spec = bench.makeSpec({ config: { "limits.memory": "128MiB" } });
  source = { ...spec, room: { cpus: 3, memory: 2048 * mebibyte } };
  await bench.driver.start(source, AbortSignal.timeout(60_000));
  await bench.untilReady(source.id);
  await bench.output(source.id, `${ready}; echo before > /run/in-memory`);
}, 300_000);
afterAll(() => bench.close());

async function fork({ path, sealed }: Kept, limits: Record<string, string>): Promise<InstanceSpec> {
  const id = randomBytes(4).toString("hex") as InstanceId;
  const base = 2_000_000_000 + 65_536 * ++names;
  const ids = { base, size: 65_536, owner: base };
  const state = join(bench.root, `${id}.state`);
  mkdirSync(state, { mode: 0o711 });
  const { room: _, ...plain } = source;
  if (plain.root.kind !== "disk") throw new Error("no disk");
  const root = { ...plain.root, path: states.overlayOn(sealed, { ids }), state };
  const config = { ...plain.config, ...limits };
  const spec = { ...plain, id, uuid: randomUUID(), name: `fork${names}`, ids, root, config };
  await bench.driver.start({ ...spec, resume: { directory: path, as: "fork" } }, AbortSignal.timeout(60_000));
  await bench.driver.personalize(spec, AbortSignal.timeout(60_000));
  await bench.untilReady(spec.id);
  return spec;
}

/** CPUs, and memory in MiB as the guest counts it. */
async function size({ id }: InstanceSpec): Promise<{ readonly cpus: number; readonly memory: number }> {
  const out = await bench.output(id, "grep -c ^processor /proc/cpuinfo; sed -n 's/^MemTotal: *//p' /proc/meminfo");
  const [cpus = "", kibibytes = ""] = out.split("\n");
  return { cpus: Number(cpus), memory: Number.parseInt(kibibytes, 10) / 1024 };
}

const missing = 48;
/** Lines of a MiB with their number at the end: more than the source has at all. */
const sum = "md5sum < /run/lines; cat /run/in-memory";
const filled = `for i in $(seq 110); do printf '%1048575d\\n' $i; done > /run/lines; ${sum}`;

test("one source serves all sizes, and what is kept of a grown one is all of it", async () => {
  const kept = await states.keep(source, { form: "shared", afterwards: "run" });
  const same = await fork(kept, {});
  expect(await size(same)).toMatchObject({ cpus: 1 });
  expect((await size(same)).memory).toBeLessThan(128);
  await bench.end(same.id);

  const limits = { "limits.cpu": "3", "limits.memory": "768MiB" };
  let grown = await fork(kept, limits);
  const { cpus, memory } = await size(grown);
  expect(cpus).toBe(3);
  expect(memory).toBeGreaterThan(768 - missing);
  expect(memory).toBeLessThanOrEqual(768);
  expect((await bench.driver.observe(grown.id)).memoryTotalBytes).toBe(768 * mebibyte);
  // What was a share of the memory becomes one again, a moment later.
  const shares = "stat -f -c '%b %S' /run; cat /proc/sys/kernel/threads-max";
  await vi.waitFor(
    async () => {
      const [blocks = 0, bytes = 0, threads = 0] = (await bench.output(grown.id, shares)).split(/\s/).map(Number);
      expect(blocks * bytes).toBeGreaterThan(300 * mebibyte);
      expect(threads).toBeGreaterThan(4_000);
    },
    { timeout: 30_000, interval: 200 },
  );

  const whole = await bench.output(grown.id, filled);
  expect(whole).toMatch(/^[0-9a-f]{32} .*\nbefore\n$/);
  const again = await states.keep(grown, { form: "momentary", afterwards: "run" });
  const grandchild = await fork(again, limits);
  expect(await bench.output(grandchild.id, sum)).toBe(whole);
  expect(await size(grandchild)).toEqual({ cpus, memory });
  await bench.end(grandchild.id);
  // It can grow further.
  const larger = await fork(again, { ...limits, "limits.memory": "1GiB" });
  expect((await size(larger)).memory).toBeGreaterThan(1024 - missing);
  expect(await bench.output(larger.id, sum)).toBe(whole);
  await bench.end(larger.id);

  const stopped = await states.keep(grown, { form: "copy", afterwards: "end" });
  await bench.untilExited(grown.id);
  await bench.driver.release(grown.id);
  const top = join(bench.root, `overlay${names}.qcow2`);
  if (grown.root.kind === "disk") grown = { ...grown, root: { ...grown.root, path: top } };
  bench.readies.length = 0;
  const resume = { directory: stopped.path, as: "same" } as const;
  const small = { ...grown, config: { ...grown.config, "limits.memory": "512MiB" }, resume };
  await expect(bench.driver.start(small, AbortSignal.timeout(60_000))).rejects.toThrow(/limits\.memory/);
  await bench.driver.start({ ...grown, resume }, AbortSignal.timeout(60_000));
  await bench.untilReady(grown.id);
  expect(await bench.output(grown.id, sum)).toBe(whole);
  expect(await size(grown)).toEqual({ cpus, memory });
  await bench.end(grown.id);

  // The source has nothing of all that.
  expect(await bench.output(source.id, "ls /run/lines 2>/dev/null; cat /run/in-memory")).toBe("before\n");
  await expect(fork(kept, { "limits.memory": "4GiB" })).rejects.toMatchObject({ code: "state_unusable" });
}, 180_000);

test("a source that was made ready has the usual memory already, and its forks may have less", async () => {
  await bench.driver.prepareForks(source.id, 512 * mebibyte);
  expect((await size(source)).memory).toBeGreaterThan(512 - missing);
  const kept = await states.keep(source, { form: "shared", afterwards: "run" });
  // Without the zeros of 384 MiB, which alone would take more.
  expect(statSync(join(kept.path, "stream")).size).toBeLessThan(2 * mebibyte);
  const usual = await fork(kept, { "limits.memory": "512MiB" });
  expect((await size(usual)).memory).toBeGreaterThan(512 - missing);
  const whole = await bench.output(usual.id, filled);
  const less = await fork(kept, { "limits.memory": "200MiB" });
  expect((await size(less)).memory).toBeLessThan(200);
  expect((await bench.driver.observe(less.id)).memoryTotalBytes).toBe(200 * mebibyte);
  expect(await bench.output(usual.id, sum)).toBe(whole);
  await bench.end(less.id);
  const more = await fork(kept, { "limits.memory": "768MiB" });
  expect((await size(more)).memory).toBeGreaterThan(768 - missing);
  await bench.end(more.id);
  await bench.end(usual.id);
  await bench.driver.letGoOfState(kept.path);
}, 180_000);
