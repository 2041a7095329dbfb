import fc from "fast-check";
import { expect, test } from "vitest";
import { assignPorts, type PortMap, portArguments, portCount } from "./ports.ts";

test.each<[string, PortMap, string[], PortMap | undefined]>([
  ["the first ones", {}, ["a", "b"], { a: 0, b: 1 }],
  ["what a device had", { b: 2 }, ["a", "b"], { a: 0, b: 2 }],
  ["none that one had which is away", { gone: 0 }, ["a"], { a: 1, gone: 0 }],
  ["that of one that is away, when there is no other", { a: 0, gone: 1, b: 2 }, ["a", "b", "c"], { a: 0, b: 2, c: 1 }],
  ["another one when its own does not exist in this run", { a: 7 }, ["a"], { a: 0 }],
  ["nothing when all are taken", { a: 0, b: 1, c: 2 }, ["a", "b", "c", "d"], undefined],
])("a device gets %s", (_what, kept, ids, expected) => {
  expect(assignPorts(kept, ids, 3)).toEqual(expected);
});

test("no two devices share a port, and each keeps its own", () => {
  const ids = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"));
  fc.assert(
    fc.property(fc.array(ids), (runs) => {
      let kept: PortMap = {};
      for (const present of runs) {
        const next = assignPorts(kept, present, 8) ?? {};
        expect(new Set(Object.values(next)).size).toBe(Object.keys(next).length);
        for (const id of present) if (kept[id] !== undefined) expect(next[id]).toBe(kept[id]);
        kept = next;
      }
    }),
  );
});

test.each([
  [{}, [], 8],
  [{ a: 3 }, ["a"], 8],
  [{ a: 4 }, ["a"], 9],
  [{ a: 9, gone: 30 }, ["a"], 14],
  [{ a: 63 }, ["a"], 64],
])("with %j of %j there are %i ports", (ports, ids, count) => expect(portCount(ports, ids)).toBe(count));

test("eight root ports share a slot, and none has another's number", () => {
  const ports = portArguments(9).flatMap((value) => (value === "-device" ? [] : [JSON.parse(value) as object]));
  expect(ports[0]).toMatchObject({ id: "port0", addr: "0x10.0", chassis: 1, multifunction: true });
  expect(ports[7]).toEqual({ driver: "pcie-root-port", id: "port7", addr: "0x10.7", chassis: 8 });
  expect(ports[8]).toMatchObject({ id: "port8", addr: "0x11.0", chassis: 9, multifunction: true });
});
