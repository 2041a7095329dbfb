import { expect, it } from "vitest";
import { memoryRights } from "./rights.ts";
import { governorSettings } from "./settings.ts";

const mebibyte = 2 ** 20;
const host = 8192 * mebibyte;

it.each([
  // A container that says nothing is promised nothing.
  ["container", {}, { guarantee: 0, most: 8192, limited: false, shares: 100 }],
  ["container", { "limits.memory": "512MiB" }, { guarantee: 0, most: 512, limited: true, shares: 100 }],
  [
    "container",
    { "limits.memory": "50%", "limits.memory.min": "25%" },
    { guarantee: 2048, most: 4096, limited: true, shares: 100 },
  ],
  [
    "container",
    { "limits.memory": "512MiB", "limits.memory.min": "1GiB" },
    { guarantee: 512, most: 512, limited: true, shares: 100 },
  ],
  // A guest was told how much it has: half stays.
  ["virtual-machine", {}, { guarantee: 512, most: 1024, limited: true, shares: 100 }],
  [
    "virtual-machine",
    { "limits.memory": "2GiB", "limits.memory.min": "256MiB" },
    { guarantee: 256, most: 2048, limited: true, shares: 100 },
  ],
  ["container", { "limits.memory.shares": "400" }, { guarantee: 0, most: 8192, limited: false, shares: 400 }],
] as const)("of a %s with %j", (type, config, { guarantee, most, ...rest }) => {
  const expected = { guarantee: guarantee * mebibyte, most: most * mebibyte, ...rest };
  expect(memoryRights(type, config, host)).toEqual(expected);
});

it.each([
  [{ "governor.memory.budget": "50%" }, { budget: 4096 * mebibyte }],
  [
    { "governor.memory.budget": "1GiB", "governor.memory.overcommit": "1.5" },
    { budget: 1024 * mebibyte, overcommit: 1.5 },
  ],
  [{ "governor.memory.budget": "64GiB" }, { budget: host }],
  [{ "governor.mode": "off" }, { mode: "off" }],
])("settings of %j", (config, expected) => {
  expect(governorSettings(config, host)).toMatchObject(expected);
});
