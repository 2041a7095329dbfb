import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Entry, EntryRules, type EntryType, insidePath } from "./entry-rules.ts";

const limits = { entries: 1000, bytes: 1 << 20 };
const entry = (path: string, type: EntryType = "file", more: Partial<Entry> = {}): Entry => ({
  path,
  type,
  size: 0,
  ...more,
});
const check = (...entries: Entry[]) => {
  const rules = new EntryRules(limits);
  return entries.map((each) => rules.check(each));
};

describe("EntryRules", () => {
  it.each<[string, Entry[]]>([
    [
      "ordinary entries",
      [entry("./", "directory"), entry("./etc/passwd"), entry("run/x", "fifo"), entry("run/s", "socket")],
    ],
    ["a link to elsewhere that nothing lies below", [entry("var/run", "symlink", { target: "/run" })]],
    ["a hard link inside", [entry("a"), entry("b", "link", { target: "./a" })]],
    ["ordinary devices", [entry("dev/null", "character-device", { device: { major: 1, minor: 3 } })]],
    ["a folder in a link's place", [entry("a", "symlink"), entry("a", "directory"), entry("a/b")]],
    ["dots in names", [entry("a..b/...c")]],
  ])("takes %s", (_, entries) => expect(() => check(...entries)).not.toThrow());

  it.each<[string, Entry[], RegExp]>([
    ["an absolute path", [entry("/etc/passwd")], /absolute/],
    ["a path out of the root", [entry("a/../../etc/passwd")], /leads out/],
    ["a hard link out of the root", [entry("a", "link", { target: "../x" })], /leads out/],
    ["a hard link to an absolute path", [entry("a", "link", { target: "/etc/shadow" })], /absolute/],
    [
      "a hard link through a link",
      [entry("l", "symlink"), entry("a", "link", { target: "l/shadow" })],
      /below a symbolic link/,
    ],
    ["an entry below a link", [entry("a", "symlink"), entry("a/passwd")], /below a symbolic link/],
    [
      "an entry deep below a link",
      [entry("x/a", "symlink"), entry("./x//a/b/c", "directory")],
      /below a symbolic link/,
    ],
    ["a disk", [entry("dev/sda", "block-device", { device: { major: 8, minor: 0 } })], /block device/],
    [
      "the host's memory",
      [entry("dev/mem", "character-device", { device: { major: 1, minor: 1 } })],
      /device other than/,
    ],
    ["a NUL in a name", [entry("a\0b")], /no path/],
    [
      "too many bytes",
      [entry("a", "file", { size: 1 << 19 }), entry("b", "file", { size: (1 << 19) + 1 })],
      /far more/,
    ],
    ["too many entries", Array.from({ length: 1001 }, (_, index) => entry(`f${index}`)), /more than 1000 entries/],
  ])("refuses %s", (_, entries, message) => {
    expect(() => check(...entries)).toThrow(
      expect.objectContaining({ code: "image_invalid", message: expect.stringMatching(message) }),
    );
  });
});

describe("insidePath", () => {
  it("never names a place outside", () => {
    const part = fc.constantFrom("..", ".", "", "a", "etc", "...", "/");
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        try {
          const path = insidePath(parts.join("/"));
          expect(path.startsWith("/")).toBe(false);
          expect(path.split("/")).not.toContain("..");
        } catch (error) {
          expect((error as { code?: string }).code).toBe("image_invalid");
        }
      }),
    );
  });
});
