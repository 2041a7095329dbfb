import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InstanceId } from "../../instances/driver.ts";
import type { StateId } from "../states.ts";
import type { PoolUnderTest } from "./describe-pool.ts";

/** What every pool driver keeps of places for the states of machines. */
export function describeStates(name: string, makePool: () => Promise<PoolUnderTest>): void {
  const root = "00000001" as InstanceId;
  const [first, second] = ["0000000a", "0000000b"] as [StateId, StateId];
  let test: PoolUnderTest;

  describe(`${name} has places for states`, () => {
    beforeEach(async () => {
      test = await makePool();
      const { type, fingerprint } = test.vm;
      await test.pool.unpackImage(test.vm, () => undefined, new AbortController().signal);
      await test.pool.createRoot({ id: root, type, fingerprint });
    });
    afterEach(() => test.close());

    it("each of its own, which a restart finds again", async () => {
      const { states } = test.pool;
      const paths = [await states.create({ root, state: first }, 1), await states.create({ root, state: second }, 1)];
      expect(new Set(paths).size).toBe(2);
      const next = test.reopen();
      await next.reconcile(new Map([[root, []]]), [test.vm.fingerprint]);
      expect([first, second].map((state) => next.states.path({ root, state }))).toEqual(paths);
    });

    it("and removes those that are not named, and all of them with the root", async () => {
      const { states } = test.pool;
      await states.create({ root, state: first }, 1);
      await states.create({ root, state: second }, 1);
      await states.retain(root, [second]);
      await states.create({ root, state: first }, 1);
      await expect(states.create({ root, state: second }, 1)).rejects.toThrow();
      await test.pool.removeRoot(root);
      await states.retain(root, []);
    });

    it("and refuses more than there is room for", async () => {
      const { total } = await test.pool.usage();
      await expect(test.pool.states.create({ root, state: first }, total)).rejects.toMatchObject({ code: "pool_full" });
    });
  });
}
