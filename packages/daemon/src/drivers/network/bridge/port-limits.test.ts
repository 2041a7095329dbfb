import { LodgeError } from "@lodge/api/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  farEnd,
  type LimitsNow,
  lacksPart,
  limitsSeen,
  nearEnd,
  parseQueues,
  planLimits,
  type Throttle,
} from "./port-limits.ts";

const nothing: LimitsNow = { queues: new Map([["nic0", { root: "noqueue", ingress: false }]]), detours: new Set() };
const both: LimitsNow = {
  queues: new Map([
    ["nic0", { root: "tbf", rate: 1e6, ingress: true }],
    ["ifb0", { root: "tbf", rate: 2e6, ingress: false }],
  ]),
  detours: new Set(["ifb0"]),
};
const stray: LimitsNow = { ...nothing, detours: new Set(["ifb0"]) };
const bucket = (name: string, rate: number, burst = 69_632) =>
  `qdisc replace dev ${name} root tbf rate ${rate}bit burst ${burst} latency 50ms`;
const redirect =
  "filter replace dev nic0 parent ffff: protocol all prio 1 handle 800::800 u32 match u32 0 0 action mirred egress redirect dev ifb0";
const port = (throttle: Partial<Throttle>): Throttle => ({ name: "nic0", detour: "ifb0", ...throttle });

describe("the way from what there is to what is wanted", () => {
  it.each<[string, Partial<Throttle>, LimitsNow, string[], string[], string[]]>([
    ["nothing stays nothing", {}, nothing, [], [], []],
    ["out of a port without limits", { out: 1e7 }, nothing, [], [bucket("nic0", 1e7)], []],
    [
      "in by a detour",
      { in: 1e7 },
      nothing,
      ["link add name ifb0 type ifb", "link set dev ifb0 addrgenmode none up"],
      [bucket("ifb0", 1e7), "qdisc add dev nic0 ingress", redirect],
      [],
    ],
    [
      "in by a detour that is there and down",
      { in: 1e7 },
      stray,
      ["link set dev ifb0 addrgenmode none up"],
      [bucket("ifb0", 1e7), "qdisc add dev nic0 ingress", redirect],
      [],
    ],
    [
      "other rates in place of those that are there",
      { out: 1e9, in: 1e8 },
      both,
      ["link set dev ifb0 addrgenmode none up"],
      [bucket("nic0", 1e9, 1_250_000), bucket("ifb0", 1e8, 125_000), redirect],
      [],
    ],
    [
      "the detour away",
      { out: 1e6 },
      both,
      [],
      [bucket("nic0", 1e6), "qdisc del dev nic0 ingress"],
      ["link del dev ifb0"],
    ],
    ["all away", {}, both, [], ["qdisc del dev nic0 root", "qdisc del dev nic0 ingress"], ["link del dev ifb0"]],
    ["a detour away that nothing led to", {}, stray, [], [], ["link del dev ifb0"]],
  ])("%s", (_what, throttle, seen, made, queued, gone) => {
    expect(planLimits([port(throttle)], seen)).toEqual({ made, queued, gone });
  });

  it("never takes away first what is limited afterwards", () => {
    const rate = fc.option(fc.integer({ min: 64_000, max: 1e12 }), { nil: undefined });
    fc.assert(
      fc.property(rate, rate, fc.boolean(), (out, into, limited) => {
        const { queued, gone } = planLimits(
          [port({ ...(out && { out }), ...(into && { in: into }) })],
          limited ? both : nothing,
        );
        const text = [...queued, ...gone].join("\n");
        if (out) expect(text).not.toContain("del dev nic0 root");
        if (into) expect(text).not.toMatch(/del dev (nic0 ingress|ifb0)/);
        // A bucket holds at least one packet as large as they come.
        for (const [, burst] of text.matchAll(/burst (\d+)/g)) expect(Number(burst)).toBeGreaterThan(65_550);
      }),
    );
  });
});

it.each([
  ["ip -batch: Error: Unknown device type.", true],
  ["tc -batch: Error: Specified qdisc kind is unknown.", true],
  ["tc -batch: Error: TC classifier not found.", true],
  ["tc -batch: Error: Failed to load TC action module.", true],
  ['tc -batch: Cannot find device "nic0"', false],
])("%s: the kernel lacks a part: %s", (message, lacks) => {
  const error = new LodgeError({ code: "network_failed", message });
  expect(lacksPart(error)?.code).toBe(lacks ? "host_unsupported" : undefined);
});

describe("what the kernel says", () => {
  const text = JSON.stringify([
    { kind: "noqueue", handle: "0:", dev: "lo", root: true, refcnt: 2, options: {} },
    {
      kind: "tbf",
      handle: "8001:",
      dev: "nic0",
      root: true,
      refcnt: 2,
      options: { rate: 1_250_000, burst: 69_632, lat: 50_000 },
    },
    { kind: "ingress", handle: "ffff:", dev: "nic0", parent: "ffff:fff1", options: {} },
    { kind: "tbf", handle: "8002:", dev: "ifb0", root: true, refcnt: 2, options: { rate: 250_000 } },
  ]);

  it("is read", () => {
    const seen = parseQueues(text);
    expect(seen.get("nic0")).toEqual({ root: "tbf", rate: 1e7, ingress: true });
    expect(seen.get("lo")).toEqual({ root: "noqueue", ingress: false });
    expect(parseQueues("")).toEqual(new Map());
  });

  it("means the other direction at the instance's own end", () => {
    const limits = { ingress: 1e7, egress: 2e6 };
    const far = farEnd("nic0", "ifb0", limits);
    expect(far).toEqual({ name: "nic0", detour: "ifb0", out: 1e7, in: 2e6 });
    expect(limitsSeen(far, farEnd, parseQueues(text))).toEqual({ limits });
    expect(nearEnd("nic0", "ifb0", limits)).toEqual({ name: "nic0", detour: "ifb0", out: 2e6, in: 1e7 });
    expect(limitsSeen(far, nearEnd, parseQueues(text))).toEqual({ limits: { ingress: 2e6, egress: 1e7 } });
    expect(limitsSeen(far, farEnd, nothing.queues)).toEqual({});
  });
});
