import { describe, expect, it } from "vitest";
import {
  absolutePath,
  hexadecimal4,
  interfaceName,
  macAddress,
  octalMode,
  parseSize,
  parseSpan,
  pciAddress,
  timeSpan,
} from "./values.ts";

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

describe("parseSpan", () => {
  it.each([
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["1w2d", 9 * 86_400_000],
  ])("%s is %d milliseconds", (text, span) => expect(parseSpan(text)).toBe(span));
  it.each(["", "1", "h", "1.5h", "1H", "1 h", "-1h"])("refuses %j", (text) => expect(parseSpan(text)).toBeUndefined());
  it.each(["0s", "9999999w"])("as a value refuses %j, too", (text) => expect(timeSpan(text)).toMatch(/must be a span/));
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
  [octalMode, "0660", true],
  [octalMode, "644", true],
  [octalMode, "4755", false],
  [octalMode, "rw", false],
  [hexadecimal4, "1D6b", true],
  [hexadecimal4, "1d6", false],
  [pciAddress, "0000:00:1f.2", true],
  [pciAddress, "00:02.0", true],
  [pciAddress, "00:02", false],
])("%o of %j", (check, value, fine) => expect(check(value) === undefined).toBe(fine));
