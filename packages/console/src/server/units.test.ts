import { expect, it } from "vitest";
import { formatAgo, formatBytes } from "./units.ts";
import { mayDo } from "./user.ts";

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [512 * 2 ** 20, "512 MiB"],
  [3 * 2 ** 40, "3.0 TiB"],
])("says %d bytes as %s", (bytes, words) => expect(formatBytes(bytes)).toBe(words));

it.each([
  [2, "just now"],
  [59, "59 s ago"],
  [600, "10 min ago"],
  [7200, "2 h ago"],
  [200_000, "2 d ago"],
])("says %d seconds ago as %s", (seconds, words) =>
  expect(formatAgo(new Date(1_000_000_000_000 - seconds * 1000).toISOString(), 1_000_000_000_000)).toBe(words),
);

it("says nothing of the zero time", () => expect(formatAgo("0001-01-01T00:00:00Z")).toBe(""));

it.each([
  [{ role: "admin" }, "administer", true],
  [{ role: "manager", projects: ["a"] }, "manage", true],
  [{ role: "manager", projects: ["b"] }, "manage", false],
  [{ role: "viewer", projects: ["a"] }, "operate", false],
  [{ role: "operator", projects: ["a"] }, "operate", true],
  [{}, "operate", false],
] as const)("offers %o what needs the right to %s: %s", (user, right, may) =>
  expect(mayDo(user, right, "a")).toBe(may),
);
