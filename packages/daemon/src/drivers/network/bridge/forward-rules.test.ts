import type { InstanceId } from "@lodge/core";
import { testNetwork } from "@lodge/core/testing";
import { describe, expect, it } from "vitest";
import { forwardRules, forwardTargets } from "./forward-rules.ts";
import { withInstanceForwards } from "./instance-forwards.ts";

const tcp = (first: number, last: number, target: string, targetPort?: number) => ({
  ...{ protocol: "tcp" as const, first, last, target },
  ...(targetPort && { targetPort }),
});

describe("forwards", () => {
  it("send ports on first, and what is left to the address's own target", () => {
    const ports = [
      tcp(80, 80, "10.0.0.2", 8080),
      tcp(443, 443, "10.0.0.3", 8443),
      tcp(8000, 8010, "10.0.0.2"),
      tcp(9000, 9001, "10.0.0.2", 90),
      { ...tcp(53, 53, "10.0.0.4"), protocol: "udp" as const },
    ];
    expect(forwardRules([{ listen: "192.0.2.1", target: "10.0.0.9", ports }])).toEqual([
      "ip daddr 192.0.2.1 dnat ip to tcp dport map { 80 : 10.0.0.2 . 8080, 443 : 10.0.0.3 . 8443 }",
      "ip daddr 192.0.2.1 tcp dport 8000-8010 dnat ip to 10.0.0.2",
      "ip daddr 192.0.2.1 tcp dport 9000-9001 dnat ip to 10.0.0.2:90",
      "ip daddr 192.0.2.1 udp dport 53 dnat ip to 10.0.0.4",
      "ip daddr 192.0.2.1 dnat ip to 10.0.0.9",
    ]);
  });

  it("of any address leave loopback alone", () => {
    expect(forwardRules([{ listen: "0.0.0.0", ports: [tcp(80, 80, "10.0.0.2", 8080)] }])).toEqual([
      "ip daddr != 127.0.0.0/8 fib daddr type local dnat ip to tcp dport map { 80 : 10.0.0.2 . 8080 }",
    ]);
  });

  it("of an instance come before those of its network", () => {
    const network = { ...testNetwork, forwards: [{ listen: "192.0.2.1", target: "10.211.7.9", ports: [] }] };
    const forward = { instance: "00000001" as InstanceId, device: "web", listen: "192.0.2.1" };
    const own = { ...forward, ports: [tcp(80, 80, "10.211.7.2")] };
    const strange = { ...forward, ports: [tcp(80, 80, "10.0.0.2")] };
    expect(withInstanceForwards([network], [own, strange]).map(({ forwards }) => forwards)).toEqual([
      [own, ...network.forwards],
    ]);
  });

  it("are of either family", () => {
    const forward = { listen: "2001:db8::1", ports: [tcp(80, 81, "fd42::2", 8080)] };
    expect(forwardRules([forward])).toEqual(["ip6 daddr 2001:db8::1 tcp dport 80-81 dnat ip6 to [fd42::2]:8080"]);
    expect(forwardTargets([forward, { ...forward, target: "fd42::3" }])).toEqual(["fd42::2", "fd42::3"]);
  });
});
