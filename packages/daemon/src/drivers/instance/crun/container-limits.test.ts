import { expect, it } from "vitest";
import { containerLimits } from "./container-limits.ts";

const mebibyte = 2 ** 20;

it.each([
  [{}, {}],
  [{ "limits.processes": "20" }, { processes: 20 }],
  [{ "limits.cpu": "2" }, {}],
  [{ "limits.disk.priority": "10" }, { diskWeight: 200 }],
  [{ "limits.disk.priority": "5" }, { diskWeight: 100 }],
  [{ "limits.disk.priority": "0" }, { diskWeight: 2 }],
  [{ "limits.cpu.allowance": "50%" }, { cpuWeight: 50 }],
  [{ "limits.cpu.allowance": "100%" }, {}],
  [{ "limits.cpu.allowance": "200%", "limits.cpu.priority": "0" }, { cpuWeight: 180 }],
  [{ "limits.cpu.priority": "5" }, { cpuWeight: 95 }],
  [
    { "limits.cpu.allowance": "25ms/100ms", "limits.cpu.burst": "10ms" },
    { cpuTime: { time: 25, period: 100, burst: 10 } },
  ],
  [
    { "limits.cpu.allowance": "25ms/100ms", "limits.cpu.burst": "1000ms" },
    { cpuTime: { time: 25, period: 100, burst: 25 } },
  ],
  [{ "limits.cpu.allowance": "100%", "limits.cpu.burst": "10ms" }, {}],
  [{ "limits.memory.min": "64MiB" }, { guaranteedMemory: 64 * mebibyte }],
  [{ "limits.cpu.allowance": "25ms/100ms" }, { cpuTime: { time: 25, period: 100 } }],
  [{ "limits.memory": "64MiB" }, { memory: 64 * mebibyte, swap: { bytes: 64 * mebibyte, required: false } }],
  [{ "limits.memory": "64MiB", "limits.memory.enforce": "soft" }, { softMemory: 64 * mebibyte }],
  [
    { "limits.memory": "64MiB", "limits.memory.swap": "false" },
    { memory: 64 * mebibyte, swap: { bytes: 0, required: true }, swappiness: 0 },
  ],
  [
    { "limits.memory": "64MiB", "limits.memory.swap": "1MiB" },
    { memory: 64 * mebibyte, swap: { bytes: mebibyte, required: true } },
  ],
  [{ "limits.memory.swap": "true", "limits.memory.swap.priority": "0" }, { swappiness: 100 }],
  [{ "limits.memory.swap.priority": "10" }, { swappiness: 60 }],
  [{ "limits.hugepages.2MB": "4MiB", "limits.hugepages.1GB": "0" }, { hugePages: { "2MB": 4 * mebibyte, "1GB": 0 } }],
])("%j", (config, limits) => {
  expect(containerLimits(config)).toEqual(limits);
});
