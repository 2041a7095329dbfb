import { expect, test } from "vitest";
import type { CgroupLimits } from "../../../system/cgroups.ts";
import { type MachineParts, machineLimits } from "./machine-limits.ts";

const host = {
  available: [0, 1, 2, 3],
  nodes: new Map([
    [0, [0, 1]],
    [1, [2, 3]],
  ]),
};
const gibibyte = 2 ** 30;

test.each<[string, Record<string, string>, MachineParts, Partial<CgroupLimits>]>([
  ["any CPU for a number of them", { "limits.cpu": "2" }, {}, { processes: 258 }],
  ["the CPUs that are named", { "limits.cpu": "1,3" }, {}, { cpuSet: [1, 3], processes: 258 }],
  ["all CPUs of a node", { "limits.cpu": "1", "limits.cpu.nodes": "1" }, {}, { cpuSet: [2, 3] }],
  [
    "those that are named, of a node",
    { "limits.cpu": "1-2", "limits.cpu.nodes": "1" },
    {},
    { cpuSet: [2], processes: 258 },
  ],
  ["a weight", { "limits.cpu.allowance": "50%" }, {}, { cpuWeight: 50 }],
  ["time", { "limits.cpu.allowance": "25ms/100ms" }, {}, { cpuTime: { time: 25, period: 100 } }],
  ["less in priority", { "limits.cpu.priority": "0" }, {}, { cpuWeight: 90 }],
  [
    "no time of CPUs that are not to be used",
    {},
    { present: 3 },
    { cpuTime: { time: 100, period: 100 }, processes: 259 },
  ],
  [
    "what is less of both",
    { "limits.cpu.allowance": "5ms/10ms" },
    { present: 2 },
    { cpuTime: { time: 5, period: 10 } },
  ],
  ["another size", {}, { size: { cpus: 4, memory: 2 * gibibyte } }, { memory: 2.5 * gibibyte, processes: 260 }],
])("a QEMU has %s", (_, config, parts, expected) => {
  const usual = { memory: 1.5 * gibibyte, processes: 257 };
  expect(machineLimits(config, host, parts)).toEqual({
    ...usual,
    ...(parts.present && { processes: parts.present + 256 }),
    ...expected,
  });
});

test("CPUs that the host has not are refused", () => {
  expect(() => machineLimits({ "limits.cpu": "2-5" }, host)).toThrow(/names CPU 4-5/);
});
