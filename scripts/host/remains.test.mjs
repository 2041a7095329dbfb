import { expect, test } from "vitest";
import { mentions } from "./remains.mjs";

test.each([
  ["qemu -chardev socket,path=/tmp/l1/run/a,server=on", "/tmp/l1", true],
  ["node /tmp/l1", "/tmp/l1", true],
  ["overlay /tmp/l1 rw", "/tmp/l1", true],
  ["node /tmp/l12/main.js", "/tmp/l1", false],
  ["node /tmp/l1.log", "/tmp/l1", false],
  ["node /tmp/l12 /tmp/l1/x", "/tmp/l1", true],
])("%s names %s: %s", (text, path, expected) => {
  expect(mentions(text, path)).toBe(expected);
});
