import type { InstanceHistory } from "@lodge/api";
import { expect, it } from "vitest";
import { chartsOf, spanOf, summaryOf, timesOf, topOf } from "./charts.ts";

const instanceSeries = [
  ...["cpu", "memory_used", "memory_target", "memory_demand", "disk_read", "disk_written"],
  ...["network_received", "network_sent", "pressure_memory", "processes"],
];
const nothing = Object.fromEntries(instanceSeries.map((name) => [name, [null, null, null]]));
const history = (known: Partial<InstanceHistory["series"]>): InstanceHistory => ({
  ...{ start: "1970-01-01T01:00:00Z", step: 5 },
  series: { ...nothing, ...known } as InstanceHistory["series"],
});

it("draws nothing of what it knows nothing of", () => expect(chartsOf(history({}))).toEqual([]));

it("leaves out single lines, too", () => {
  const [memory, ...others] = chartsOf(history({ memory_used: [null, 2 ** 20, 2 ** 21] }));
  expect(others).toEqual([]);
  expect(memory?.lines.map(({ label }) => label)).toEqual(["used"]);
  expect(memory && summaryOf(memory)).toBe(
    "Memory in the last hour (bytes). used: 2.0 MiB now, 1.5 MiB on average, 2.0 MiB at most.",
  );
});

it.each([
  ["the largest point", [40], [], 42],
  ["a little at least", [1], [], 10.5],
  ["a bound that is near", [40], [100], 105],
  ["no bound far away", [40], [1000], 42],
])("the axis ends at %s", (_title, used, bound, top) =>
  expect(
    topOf({
      least: 10,
      lines: [
        { label: "used", points: used },
        { label: "may", points: bound, isBound: true },
      ],
    }),
  ).toBe(top),
);

it("shows five minutes at least", () => {
  const young = history({ cpu: [null, 1, 2] });
  expect(timesOf(young)).toEqual([3600, 3605, 3610]);
  expect(spanOf(timesOf(young), chartsOf(young))).toEqual([3310, 3610]);
});
