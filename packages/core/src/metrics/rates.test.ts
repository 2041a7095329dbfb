import { describe, expect, it } from "vitest";
import type { HostUse, Use } from "./measuring.ts";
import { flowBetween, hostFlowBetween } from "./rates.ts";

const use = (more: Partial<Use> = {}): Use => ({ cpuSeconds: 10, memoryUsed: 1, memoryTotal: 2, ...more });

describe("an instance", () => {
  it("has rates over the time between", () => {
    const before = use({ bytesRead: 100, traffic: { bytesReceived: 0, bytesSent: 5 } });
    const pressure = (some: number) => ({ memory: { some, full: 0 } });
    const now = use({
      ...{ cpuSeconds: 13, bytesRead: 300, traffic: { bytesReceived: 20, bytesSent: 5 }, pressure: pressure(1.5) },
    });
    expect(flowBetween({ ...before, pressure: pressure(1) }, now, 2)).toEqual({
      ...{ cpu: 150, read: 100, written: undefined, received: 10, sent: 0 },
      pressure: { cpu: undefined, memory: 25, io: undefined },
    });
  });

  it.each([
    ["is new", undefined, use()],
    ["was started again", use({ bytesRead: 1 }), use({ cpuSeconds: 1, bytesRead: 100 })],
  ])("has none yet when it %s", (_what, before, now) => {
    const { pressure, ...rates } = flowBetween(before, now, 5);
    expect([...Object.values(rates), ...Object.values(pressure)]).toEqual(Array(8).fill(undefined));
  });

  it("loses none but that of a counter that began anew", () => {
    const [before, now] = [9, 2].map((bytesSent) => use({ traffic: { bytesReceived: 1, bytesSent } }));
    expect(flowBetween(before, now ?? use(), 1)).toMatchObject({ cpu: 0, received: 0, sent: undefined });
  });
});

it("tells what the host's processors did, not what they waited for", () => {
  const host = (user: number, wait: number): HostUse => ({
    ...{ cpuSeconds: { user, system: 1, idle: 100 + wait, iowait: wait }, memoryTotal: 1, memoryAvailable: 1 },
    ...{ swapTotal: 0, swapFree: 0, load: [0, 0, 0], pressure: { cpu: { some: user, full: 0 } } },
  });
  expect(hostFlowBetween(host(1, 0), host(3, 50), 4)).toEqual({
    cpu: 50,
    pressure: { cpu: 50, memory: undefined, io: undefined },
  });
  expect(hostFlowBetween(undefined, host(1, 0), 4).cpu).toBeUndefined();
});
