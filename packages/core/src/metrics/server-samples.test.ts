import { expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { governorSamples, tallyGovernor } from "./governor-samples.ts";
import { type ServerCounts, serverSamples } from "./host-samples.ts";
import { renderOpenMetrics } from "./open-metrics.ts";
import { parseOpenMetrics } from "./testing/parse-open-metrics.ts";

const counts: ServerCounts = {
  ...{ cpus: 2, operations: 1, warnings: 0, uptime: 9, history: 100, accelerator: "tcg" },
  instances: new Map([["container", { all: 3, running: 2 }]]),
  templates: { count: 1, ready: 2, bytes: 5 },
  pools: [{ pool: "default", driver: "dir", used: 1, size: 2 }],
};
const host = {
  ...{ cpuSeconds: { user: 1, idle: 5 }, memoryTotal: 10, memoryAvailable: 4, swapTotal: 0, swapFree: 0 },
  ...{ load: [1, 2, 3] as const, pressure: { memory: { some: 2, full: 1 } } },
};
const daemon = { cpuSeconds: 1, residentBytes: 2, heapBytes: 1, delay: { median: 0, p99: 0.05, most: 0.1 } };

it("tells of the host, the daemon and what it keeps", () => {
  const families = parseOpenMetrics(renderOpenMetrics(serverSamples(counts, host, daemon)));
  const values = (family: string) => families.get(family)?.samples.map(({ labels, value }) => [labels, value]);
  expect(values("lodge_instances")).toEqual([
    [{ type: "container", state: "running" }, 2],
    [{ type: "container", state: "stopped" }, 1],
  ]);
  expect(values("lodge_accelerator")).toEqual([[{ accelerator: "tcg" }, 1]]);
  expect(values("lodge_host_pressure_seconds")).toEqual([
    [{ resource: "memory", kind: "some" }, 2],
    [{ resource: "memory", kind: "full" }, 1],
  ]);
  expect(values("lodge_pool_used_bytes")).toEqual([[{ pool: "default", driver: "dir" }, 1]]);
  expect(values("lodge_daemon_event_loop_delay_seconds")?.slice(1)).toEqual([
    [{ statistic: "p99" }, 0.05],
    [{ statistic: "max" }, 0.1],
  ]);
});

it("counts what the governor did", () => {
  const events = new EventBus(() => new Date());
  const tally = tallyGovernor(events);
  events.lifecycle("instance-governed", "/1.0/instances/a", { action: "take" }, "default");
  events.lifecycle("instance-governed", "/1.0/instances/a", { action: "take" }, "default");
  events.lifecycle("governor-changed", "/1.0/governor", { action: "state" }, "");
  events.lifecycle("instance-started", "/1.0/instances/a", { action: "take" }, "default");
  const memory = { budget: 8, budget_now: 8, promised: 4, limits: 9, used: 3, reclaimable: 1, pressure: 0 };
  const families = parseOpenMetrics(renderOpenMetrics(governorSamples({ mode: "on", state: "soft", memory }, tally)));
  const of = (family: string, label: string) =>
    Object.fromEntries(families.get(family)?.samples.map(({ labels, value }) => [labels[label], value]) ?? []);
  expect(of("lodge_governor_actions", "action")).toEqual({
    ...{ grow: 0, room: 0, take: 2, refuse: 0, state: 1, freeze: 0, thaw: 0 },
  });
  expect(of("lodge_governor_state", "state")).toEqual({ high: 0, soft: 1, hard: 0, low: 0 });
});
