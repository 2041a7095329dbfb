import { describe, expect, it } from "vitest";
import { absolutePath, interfaceName, macAddress, parseSize } from "./values.ts";

describe("parseSize", () => {
  it.each([
    ["1024", 1024],
    ["1kB", 1000],
    ["2GiB", 2 ** 31],
    ["512MiB", 2 ** 29],
  ])("%s is %d bytes", (text, bytes) => expect(parseSize(text)).toBe(bytes));
  it.each(["", "MiB", "-1MiB", "1.5GiB", "1gib", "999999999999PiB", "1 GiB"])("refuses %j", (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );
});

it.each([
  [absolutePath, "/", true],
  [absolutePath, "/srv/a..b/.c", true],
  [absolutePath, "srv", false],
  [absolutePath, "/srv/../etc", false],
  [absolutePath, "/srv/.", false],
  [macAddress, "00:16:3E:00:00:01", true],
  [macAddress, "01:00:00:00:00:01", false],
  [macAddress, "nonsense", false],
  [interfaceName, "eth0", true],
  [interfaceName, "e/../0", false],
  [interfaceName, "abcdefghijklmnop", false],
])("%o of %j", (check, value, fine) => expect(check(value) === undefined).toBe(fine));
