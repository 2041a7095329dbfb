import { expect, test } from "vitest";
import { isWindows, processLimits } from "./machine-spec.ts";

test("QEMU may take more than the guest has", () => {
  expect(processLimits({ cpus: 2, memory: 2 ** 30 }).memory).toBeGreaterThan(2 ** 30);
});

test.each([
  [{}, false],
  [{ "image.os": "Debian" }, false],
  [{ "image.os": "Microsoft Windows" }, true],
])("%j is Windows: %s", (config, expected) => expect(isWindows(config)).toBe(expected));
