/** How the memory of a machine on a real QEMU is moved. */
import type { InstanceId, InstanceSpec, MemoryDemand } from "@lodge/core";
import { describeGovernedMemory } from "@lodge/core/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Bench, createBench } from "../testing/bench.ts";

const mebibyte = 2 ** 20;
let bench: Bench;
let spec: InstanceSpec;

beforeAll(async () => {
  bench = await createBench();
  const room = { cpus: 1, memory: 1024 * mebibyte, boot: 256 * mebibyte };
  spec = { ...bench.makeSpec({ config: { "limits.memory": "512MiB" } }), room };
  await bench.driver.start(spec, AbortSignal.timeout(60_000));
  await bench.untilReady(spec.id);
}, 300_000);
afterAll(() => bench.close());

/** Once its guest has said what it needs. */
async function demand(): Promise<MemoryDemand> {
  return vi.waitFor(
    async () => {
      const found = await bench.driver.memoryDemand(spec.id);
      if (!found || found.least === found.target) throw new Error("the guest has not said what it needs");
      return found;
    },
    { timeout: 30_000, interval: 200 },
  );
}

test("a guest gives back what it has free and is given it again, and files that it reads are no reason to keep more", async () => {
  const before = await demand();
  expect(before).toMatchObject({ target: 512 * mebibyte, most: 512 * mebibyte });
  // More than what it keeps: some of what it gives back has been used, and cost the host something.
  expect(await bench.output(spec.id, "head -c 300000000 /dev/zero >/root/file && sync")).toBe("");
  const full = await bench.driver.memoryDemand(spec.id);
  expect(full?.used).toBeGreaterThan(before.used);
  const may = await vi.waitFor(
    async () => {
      // As a governor does, each time: a guest whose last word is old gives nothing.
      await bench.driver.memoryDemand(spec.id);
      const reached = await bench.driver.setMemoryTarget(spec.id, 320 * mebibyte);
      expect(reached).toBeLessThanOrEqual(324 * mebibyte);
      return reached;
    },
    { timeout: 90_000, interval: 200 },
  );
  const total = async () => Number(/\d+/.exec(await bench.output(spec.id, "grep MemTotal /proc/meminfo"))?.[0]) * 1024;
  expect(await total()).toBeLessThan(may);
  expect((await bench.driver.memoryDemand(spec.id))?.used).toBeLessThan(full?.used ?? 0);
  // At once: nobody waits for it.
  await bench.driver.releaseMemoryTarget(spec.id);
  expect(await total()).toBeGreaterThan(440 * mebibyte);
});

describeGovernedMemory("the QEMU driver", async () => {
  await demand();
  return {
    get driver() {
      return bench.driver;
    },
    running: spec.id,
    stopped: "00000000" as InstanceId,
    async next() {
      bench.readies.length = 0;
      await bench.nextDriver();
      await bench.driver.reconcile([spec]);
      await bench.untilReady(spec.id);
      await demand();
      return bench.driver;
    },
    async close() {
      await bench.driver.releaseMemoryTarget(spec.id);
    },
  };
});
