import { expect, it } from "vitest";
import { createHostMeter, hostUse } from "./meter.ts";

const files: Readonly<Record<string, string>> = {
  stat: "cpu  100 0 50 1000 20 0 5 0 0 0\ncpu0 100 0 50 1000 20 0 5 0 0 0\nintr 1\n",
  meminfo: "MemTotal:       1000 kB\nMemFree:         1 kB\nMemAvailable:    400 kB\nSwapTotal: 8 kB\nSwapFree: 4 kB\n",
  loadavg: "0.50 1.00 1.50 2/280 28668\n",
  "pressure/memory":
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
};

it("reads the kernel's figures, and does without those that are missing", () => {
  expect(hostUse((name) => files[name])).toEqual({
    cpuSeconds: { user: 1, nice: 0, system: 0.5, idle: 10, iowait: 0.2, irq: 0, softirq: 0.05, steal: 0 },
    ...{ memoryTotal: 1_024_000, memoryAvailable: 409_600, swapTotal: 8192, swapFree: 4096, load: [0.5, 1, 1.5] },
    pressure: { memory: { some: 2.5, full: 0.000001 } },
  });
  expect(hostUse(() => undefined)).toMatchObject({ memoryTotal: 0, load: [0, 0, 0], pressure: {} });
});

it("measures this process and this host", () => {
  const meter = createHostMeter();
  expect(meter.host().memoryTotal).toBeGreaterThan(1e8);
  const { residentBytes, heapBytes, delay } = meter.daemon();
  expect(residentBytes).toBeGreaterThan(heapBytes);
  expect(delay.most).toBeGreaterThanOrEqual(delay.median);
});
