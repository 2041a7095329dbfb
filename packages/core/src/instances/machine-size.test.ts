import { expect, test } from "vitest";
import { machineSize, memoryInBytes } from "./machine-size.ts";

test.each([
  [{}, { cpus: 1, memory: 2 ** 30 }],
  [
    { "limits.cpu": "4", "limits.memory": "512MiB" },
    { cpus: 4, memory: 2 ** 29 },
  ],
  [{ "limits.cpu": "0-2,5" }, { cpus: 4, memory: 2 ** 30 }],
  [
    { "limits.cpu": "", "limits.memory": "" },
    { cpus: 1, memory: 2 ** 30 },
  ],
])("configuration %j", (config, size) => {
  expect(machineSize(config)).toEqual(size);
});

test.each([
  [{ "limits.memory": "512MiB" }, { "limits.memory": "512MiB" }],
  [
    { "limits.memory": "50%", "limits.memory.min": "25%", "user.a": "1%" },
    { "limits.memory": String(2 ** 30), "limits.memory.min": String(2 ** 29), "user.a": "1%" },
  ],
])("configuration %j on a host of 2 GiB", (config, told) => {
  expect(memoryInBytes(config, 2 ** 31)).toEqual(told);
});
