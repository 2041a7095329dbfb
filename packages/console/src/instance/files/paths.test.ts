import { expect, it } from "vitest";
import { crumbsOf, followed, inDirectory, modeWords, nameOf, nameProblem, parentOf } from "./paths.ts";

it.each([
  ["/", "etc", "/etc"],
  ["/etc", "motd", "/etc/motd"],
])("in %s is %s at %s", (directory, name, path) => {
  expect(inDirectory(directory, name)).toBe(path);
  expect([parentOf(path), nameOf(path)]).toEqual([directory, name]);
});

it.each([
  ["/usr", "bin", "/usr/bin"],
  ["/usr", "../bin/./sh", "/bin/sh"],
  ["/usr", "/lib", "/lib"],
  ["/", "../../x", "/x"],
  ["/usr", "..", "/"],
])("from %s, %s leads to %s", (directory, target, path) => expect(followed(directory, target)).toBe(path));

it("knows the way from the root", () =>
  expect(crumbsOf("/var/log")).toEqual([
    ["/", "/"],
    ["/var", "var"],
    ["/var/log", "log"],
  ]));

it.each([
  ["a/b", true],
  ["..", true],
  ["taken", true],
  ["ä".repeat(128), true],
  ["fine.txt", false],
])("of the name %s a problem: %s", (name, problem) =>
  expect(nameProblem(name, new Set(["taken"])) !== undefined).toBe(problem),
);

it.each([
  [0o644, "rw-r--r--"],
  [0o4755, "rwxr-xr-x"],
  [0, "---------"],
])("says %o as %s", (mode, words) => expect(modeWords(mode)).toBe(words));
