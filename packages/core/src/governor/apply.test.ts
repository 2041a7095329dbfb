import { expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { silentLog } from "../log.ts";
import { applyMoves } from "./apply.ts";
import type { MeasuredMember } from "./members.ts";
import type { Move, MoveKind } from "./policy.ts";
import { type ClaimInMebibytes, claimOf } from "./testing/claims.ts";

const mebibyte = 2 ** 20;

/** Instances that give and take when they are told to. Sizes in MiB. */
function hostOf(budget: number, instances: Readonly<Record<string, ClaimInMebibytes>>) {
  const held = new Map<string, () => void>();
  const slow = new Set<string>();
  const limits = new Map<string, number>();
  const broken = new Set<string>();
  const sets: string[] = [];
  const driver = {
    async setMemoryTarget(id: InstanceId, bytes: number) {
      sets.push(`${id} ${bytes / mebibyte}`);
      if (broken.has(id)) throw new Error("it cannot be moved");
      if (slow.has(id)) await new Promise<void>((resolve) => held.set(id, resolve));
      return Math.max(bytes, (limits.get(id) ?? 0) * mebibyte);
    },
  };
  const claims = Object.entries(instances).map(([name, one]) => claimOf(name, one));
  const members = new Map(claims.map(({ id }) => [id, { driver, record: { name: id } } as unknown as MeasuredMember]));
  const apply = (...moves: [name: string, kind: MoveKind, to: number][]) =>
    applyMoves(
      moves.map(([name, kind, to]): Move => {
        const from = claims.find(({ id }) => id === name)?.target ?? 0;
        return { id: name as InstanceId, kind, from, to: to * mebibyte };
      }),
      { members, claims, budget: budget * mebibyte, log: silentLog, now: () => new Date(0) },
    );
  return { apply, sets, slow, limits, broken, give: (name: string) => held.get(name)?.() };
}
const inMebibytes = (applied: Awaited<ReturnType<typeof applyMoves>>) =>
  applied.map(({ move, may }) => `${move.id} ${move.from / mebibyte} ${may / mebibyte}`);
const settled = () => new Promise((resolve) => setImmediate(resolve));

it("who grows gets what is free without waiting for who shrinks, and then what that gave", async () => {
  const host = hostOf(1000, { needy: { used: 200, target: 200 }, idle: { used: 700, target: 700 } });
  host.slow.add("idle");
  const done = host.apply(["idle", "take", 400], ["needy", "grow", 600]);
  await settled();
  expect(host.sets.toSorted()).toEqual(["idle 400", "needy 300"]);
  host.give("idle");
  expect(inMebibytes(await done)).toEqual(["needy 200 300", "idle 700 400", "needy 300 600"]);
});

it("what others gave less of, nobody gets", async () => {
  const host = hostOf(1000, { needy: { used: 200, target: 200 }, idle: { used: 800, target: 800 } });
  host.limits.set("idle", 700);
  expect(inMebibytes(await host.apply(["idle", "take", 400], ["needy", "grow", 600]))).toEqual([
    "idle 800 700",
    "needy 200 300",
  ]);
});

it("those that grow share what is free by what they lack", async () => {
  const host = hostOf(1000, { a: { used: 100, target: 100 }, b: { used: 500, target: 500 } });
  expect(inMebibytes(await host.apply(["a", "grow", 400], ["b", "grow", 800]))).toEqual(["a 100 300", "b 500 700"]);
});

it("a guarantee is given whatever others have", async () => {
  const host = hostOf(1000, { a: { used: 100, target: 100, least: 300 }, b: { used: 1000, target: 1000 } });
  expect(inMebibytes(await host.apply(["a", "grow", 400]))).toEqual(["a 100 300"]);
});

it("who cannot be moved does not stop the others", async () => {
  const host = hostOf(1000, {
    ...{ a: { used: 100, target: 100 }, b: { used: 100, target: 100 } },
    ...{ c: { used: 300, target: 300 }, d: { used: 500, target: 500 } },
  });
  for (const name of ["a", "c"]) host.broken.add(name);
  const done = await host.apply(["a", "grow", 200], ["b", "grow", 200], ["c", "take", 100], ["d", "take", 300]);
  expect(inMebibytes(done)).toEqual(["d 500 300", "b 100 200"]);
});
