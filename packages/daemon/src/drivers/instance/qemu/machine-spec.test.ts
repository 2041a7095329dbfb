import { expect, test } from "vitest";
import { isWindows, machineSize, processLimits } from "./machine-spec.ts";

test.each([
  [{}, { cpus: 1, memory: 2 ** 30 }],
  [
    { "limits.cpu": "4", "limits.memory": "512MiB" },
    { cpus: 4, memory: 2 ** 29 },
  ],
  [
    { "limits.cpu": "", "limits.memory": "" },
    { cpus: 1, memory: 2 ** 30 },
  ],
])("configuration %j", (config, size) => {
  expect(machineSize(config)).toEqual(size);
});

test("QEMU may take more than the guest has", () => {
  expect(processLimits({ cpus: 2, memory: 2 ** 30 }).memory).toBeGreaterThan(2 ** 30);
});

test.each([
  [{}, false],
  [{ "image.os": "Debian" }, false],
  [{ "image.os": "Microsoft Windows" }, true],
])("%j is Windows: %s", (config, expected) => expect(isWindows(config)).toBe(expected));
