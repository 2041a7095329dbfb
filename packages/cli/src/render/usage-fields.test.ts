import type { HostHistory, InstanceHistory, InstanceUsage } from "@lodge/api";
import { expect, it } from "vitest";
import { hostUsageFields } from "./host-usage-fields.ts";
import { renderPage } from "./page.ts";
import { usageFields } from "./usage-fields.ts";

const usage: InstanceUsage = {
  ...{ name: "web", project: "default", type: "container", status: "Running", cpu: 12.34, processes: 4 },
  memory: { used: 2 ** 28, total: 2 ** 30, target: 2 ** 29, demand: 2 ** 28 },
  ...{ disk: { read: 0, written: 2048 }, network: { received: null, sent: 100 } },
  pressure: { cpu: 1.25, memory: 0, io: null },
};
const hour = (value: number) => Array.from({ length: 60 }, () => value);
const history = (points: (number | null)[]) =>
  ({
    start: "",
    step: 60,
    series: { cpu: points, memory_used: points.map(() => 2 ** 29) },
  }) as unknown as InstanceHistory;

it("shows an instance's rates, and curves once there is an hour to see", () => {
  expect(renderPage(usageFields({ usage, history: history(hour(5)) })).split("\n")).toEqual([
    "CPU now:           12.3%",
    `CPU, last hour:    ${"▁".repeat(30)}`,
    `Memory, last hour: ${"▅".repeat(30)}`,
    "Memory governed:   target 512 MiB, demand 256 MiB",
    "Disk now:          0 B/s read, 2.0 KiB/s written",
    "Network now:       100 B/s sent",
    "Waiting:           cpu 1.3%, memory 0.0%",
  ]);
  const young = usageFields({ usage: { ...usage, cpu: null }, history: history([null, 1]) });
  expect(renderPage(young)).not.toContain("last hour");
});

it("shows what the host does", () => {
  const seen = {
    ...{ cpu: 150, cpus: 2, load: 1.5, memory: { used: 2 ** 30, total: 2 ** 31, available: 2 ** 30 } },
    pressure: { cpu: 50, memory: 0, io: 0 },
  };
  const curves = { start: "", step: 60, series: { cpu: hour(100), memory_used: hour(0) } } as unknown as HostHistory;
  const page = renderPage(hostUsageFields({ usage: seen, history: curves }));
  expect(page).toContain("150% of 200%, load 1.50");
  expect(page).toContain(`CPU, last hour:    ${"▅".repeat(30)}`);
});
