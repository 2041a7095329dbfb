import { expect, it } from "vitest";
import { baseReference, type DiskBase, type LayerId, parseBaseReference } from "./layout.ts";

it.each<[string, DiskBase]>([
  [`../../images/${"a".repeat(64)}/disk.qcow2`, { image: "a".repeat(64) }],
  ["../0123456789abcdef/disk.qcow2", { layer: "0123456789abcdef" as LayerId }],
])("names what a disk stands on as %s, and knows it again", (reference, base) => {
  expect(baseReference(base)).toBe(reference);
  expect(parseBaseReference(reference)).toEqual(base);
});

it.each([
  "/etc/shadow",
  "../../roots/00000001/disk.qcow2",
  "json:{}",
  `../../images/${"a".repeat(64)}/../disk.qcow2`,
  "",
])("knows nothing of %j", (reference) => {
  expect(parseBaseReference(reference)).toBeUndefined();
});
