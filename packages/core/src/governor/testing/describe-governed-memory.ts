import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { InstanceId } from "../../instances/driver.ts";
import type { GovernedMemory } from "../governed.ts";

export interface GovernedUnderTest {
  readonly driver: GovernedMemory;
  /** An instance that runs, holds some memory and may have 256 MiB at least. */
  readonly running: InstanceId;
  /** One that exists and does not run. */
  readonly stopped: InstanceId;
  /** The driver as the next daemon has it: it knows what the host tells. */
  next(): Promise<GovernedMemory>;
  close(): Promise<void>;
}

/** What every driver keeps whose instances' memory can be moved. */
export function describeGovernedMemory(name: string, make: () => Promise<GovernedUnderTest>): void {
  describe(`${name} moves memory`, () => {
    let test: GovernedUnderTest;
    beforeEach(async () => {
      test = await make();
    });
    afterEach(() => test.close());

    it("tells figures that go together", async () => {
      const demand = await demanded(test);
      expect(demand.used).toBeGreaterThan(0);
      expect(demand.workingSet).toBeLessThanOrEqual(demand.used);
      expect(demand.pressure).toBeGreaterThanOrEqual(0);
      expect(demand.pressure).toBeLessThanOrEqual(1);
      expect(demand.refaults).toBeGreaterThanOrEqual(0);
      expect(demand.least).toBeLessThanOrEqual(demand.target);
      expect(demand.target).toBeLessThanOrEqual(demand.most);
    });

    it("tells nothing of what does not run, and cannot move it", async () => {
      expect(await test.driver.memoryDemand(test.stopped)).toBeUndefined();
      await test.driver.releaseMemoryTarget(test.stopped);
      await expect(test.driver.setMemoryTarget(test.stopped, 2 ** 28)).rejects.toMatchObject({
        code: "instance_wrong_state",
      });
    });

    it("lets it have less, which the next daemon finds, and again all that its configuration says", async () => {
      const { target: before, least, most } = await demanded(test);
      const wanted = Math.max(least, most - 64 * 2 ** 20);
      const may = await test.driver.setMemoryTarget(test.running, wanted);
      expect(may).toBeGreaterThanOrEqual(least);
      expect(may).toBeLessThanOrEqual(before);
      const next = await test.next();
      expect((await next.memoryDemand(test.running))?.target).toBe((await demanded(test)).target);
      await next.releaseMemoryTarget(test.running);
      await next.releaseMemoryTarget(test.running);
      expect((await demanded(test)).target).toBe(before);
    });

    it("never goes beyond what can be", async () => {
      const { least, most } = await demanded(test);
      // A guest takes it as fast as its host lets it.
      const reach = async () => expect(await test.driver.setMemoryTarget(test.running, most * 4)).toBe(most);
      await vi.waitFor(reach, { timeout: 20_000, interval: 100 });
      // What it cannot do without changes a little from one look to the next.
      expect(await test.driver.setMemoryTarget(test.running, 0)).toBeGreaterThan(least * 0.9);
      // Nothing was killed for that.
      expect((await demanded(test)).used).toBeGreaterThan(0);
    });
  });
}

async function demanded({ driver, running }: GovernedUnderTest) {
  const demand = await driver.memoryDemand(running);
  if (!demand) throw new Error("it does not run");
  return demand;
}
