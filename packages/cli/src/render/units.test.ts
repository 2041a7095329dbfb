import { expect, test } from "vitest";
import { formatBytes, formatDuration, formatTime } from "./units.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1.5 * 2 ** 30, "1.5 GiB"],
  [200 * 2 ** 20, "200 MiB"],
  [2 ** 60, "1024 PiB"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, "0s"],
  [59.9, "59s"],
  [60, "1m 0s"],
  [7500, "2h 5m"],
  [100_000, "1d 3h"],
])("%d seconds are %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test("never is empty", () => expect(formatTime("0001-01-01T00:00:00Z")).toBe(""));
