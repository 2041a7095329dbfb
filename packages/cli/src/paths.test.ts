import { expect, test } from "vitest";
import { parseGuestPath, splitPaths } from "./paths.ts";

test.each([
  ["web/etc/hosts", { instance: "web", path: "/etc/hosts", directory: false }],
  ["web/", { instance: "web", path: "/", directory: true }],
  ["web/srv/", { instance: "web", path: "/srv", directory: true }],
  ["web//srv/./a/../b", { instance: "web", path: "/srv/b", directory: false }],
  ["web/../../etc", { instance: "web", path: "/etc", directory: false }],
  ["web/root/.", { instance: "web", path: "/root", directory: true }],
  ["web/root/a.", { instance: "web", path: "/root/a.", directory: false }],
])("%s", (text, expected) => expect(parseGuestPath(text)).toEqual(expected));

test.each(["web", "", "/etc/hosts"])("%j is no guest path", (text) => {
  expect(() => parseGuestPath(text)).toThrow("INSTANCE/path");
});

test("the last path is the target", () => {
  expect(splitPaths(["a", "b", "web/"])).toEqual([["a", "b"], "web/"]);
  expect(() => splitPaths(["a"])).toThrow("target");
});
