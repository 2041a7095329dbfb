import { expect, it } from "vitest";
import { CpuPlaces } from "./cpu-places.ts";

const two = { count: 2, among: [0, 1, 2, 3] };
const one = { ...two, count: 1 };

function setUp({ broken = false } = {}) {
  const groups = new Map<string, readonly number[]>();
  const moves: string[] = [];
  const warnings: unknown[] = [];
  const places = new CpuPlaces({
    cgroups: {
      cpus: async (id) => groups.get(id),
      moveToCpus: async (id, cpus) => {
        if (broken) throw new Error("busy");
        moves.push(`${id} ${cpus.join()}`);
        groups.set(id, cpus);
      },
    },
    log: { warn: (fields: unknown) => warnings.push(fields) },
  });
  return { groups, moves, warnings, places };
}

it("spreads those that want a number, and moves them when others come and go", async () => {
  const { places, moves } = setUp();
  expect(await places.place("a", two)).toEqual([0, 1]);
  expect(await places.place("b", { set: [0, 1] })).toEqual([0, 1]);
  expect(await places.place("c", { set: [0, 1] })).toEqual([0, 1]);
  expect(moves).toEqual(["a 2,3"]);
  expect(await places.place("d", one)).toEqual([2]);
  await places.free("b");
  await places.free("c");
  expect(await places.place("d", undefined)).toBeUndefined();
});

it("counts those whom an earlier daemon had placed, and moves none of them for that", async () => {
  const { groups, places, moves } = setUp();
  for (const id of ["a", "b"]) groups.set(id, [0]);
  await places.adopt("a", one);
  await places.adopt("b", one);
  await places.adopt("named", { set: [1, 2] });
  await places.adopt("any", undefined);
  expect(moves).toEqual([]);
  expect(await places.place("c", one)).toEqual([3]);
});

it("leaves those where they are whom an earlier daemon had placed", async () => {
  const { groups, places } = setUp();
  groups.set("a", [2, 3]);
  expect(await places.place("a", two)).toEqual([2, 3]);
});

it("is not stopped by one that cannot be moved", async () => {
  const { places, warnings } = setUp({ broken: true });
  await places.place("a", one);
  await places.place("b", { set: [0] });
  expect(await places.place("c", { set: [0] })).toEqual([0]);
  expect(warnings).not.toEqual([]);
});
