import { expect, it } from "vitest";
import { deviceChanges } from "./changes.ts";

const nic = { type: "nic", network: "a" };

it.each([
  [{}, {}, { removed: [], added: [], changed: [] }],
  [{ a: nic }, { b: nic }, { removed: ["a"], added: ["b"], changed: [] }],
  [{ a: nic }, { a: { network: "a", type: "nic", name: "" } }, { removed: [], added: [], changed: [] }],
  [
    { a: nic, c: nic },
    { a: { ...nic, network: "b" }, c: nic },
    { removed: [], added: [], changed: ["a"] },
  ],
])("from %j to %j", (before, after, changes) => expect(deviceChanges(before, after)).toEqual(changes));
