import { expect, test } from "vitest";
import { machineSize } from "./machine-size.ts";

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
