import { testNetwork, testPort } from "@lodge/core/testing";
import { describe, expect, it } from "vitest";
import { bridgeRule, linkRules } from "./docker-user.ts";
import { defaultInterface } from "./host-routes.ts";
import { forwardingChanges } from "./host-sysctls.ts";
import { portState } from "./observation.ts";

describe("the way out", () => {
  it.each([
    ["none", [{ dst: "192.0.2.0/24", dev: "eth0" }], undefined],
    ["the only one", [{ dst: "default", dev: "eth0", gateway: "192.0.2.1" }], "eth0"],
    [
      "the one of lowest metric",
      [
        { dst: "default", dev: "wlan0", metric: 600 },
        { dst: "default", dev: "eth0", metric: 100 },
      ],
      "eth0",
    ],
    [
      "one without metric first",
      [
        { dst: "default", dev: "wlan0", metric: 600 },
        { dst: "default", dev: "tun0" },
      ],
      "tun0",
    ],
    ["none that leads nowhere", [{ dst: "default", dev: "lo", type: "unreachable" }], undefined],
  ])("is %s", (_, routes, expected) => {
    expect(defaultInterface(routes)).toBe(expected);
  });
});

describe("forwarding", () => {
  const facts = new Map([
    ["net/ipv4/ip_forward", "0"],
    ["net/ipv6/conf/all/forwarding", "0"],
    ["net/ipv6/conf/eth0/accept_ra", "1"],
    ["net/ipv6/conf/eth1/accept_ra", "0"],
  ]);

  it("is switched on for the families in which something passes", () => {
    expect(forwardingChanges({ ipv4: true, ipv6: false }, facts)).toEqual([["net/ipv4/ip_forward", "1"]]);
  });

  it("keeps interfaces listening to router advertisements, before it is switched on", () => {
    expect(forwardingChanges({ ipv4: false, ipv6: true }, facts)).toEqual([
      ["net/ipv6/conf/eth0/accept_ra", "2"],
      ["net/ipv6/conf/all/forwarding", "1"],
    ]);
  });

  it("changes nothing where it is on already", () => {
    const on = new Map([...facts, ["net/ipv4/ip_forward", "1"], ["net/ipv6/conf/all/forwarding", "1"]] as const);
    expect(forwardingChanges({ ipv4: true, ipv6: true }, on)).toEqual([]);
  });
});

it("takes what instances send and get out of Docker's hands", () => {
  expect(linkRules("a1b2c3")).toEqual(["-i lodge-a1b2c3 -j ACCEPT", "-o lodge-a1b2c3 -j ACCEPT"]);
  expect(bridgeRule("a1b2c3", "br0")).toBe("-i br0 -o br0 -m comment --comment lodge-a1b2c3 -j ACCEPT");
});

describe("the state of a port", () => {
  const port = testPort(1);
  const counters = { rx: { bytes: 10, packets: 1 }, tx: { bytes: 2000, packets: 20 } };
  const links = [{ ifname: "nic000000010", mtu: 1400, stats64: counters }];
  const nothing = { links, neighbours: [], leases: [] };

  it("is none without an interface", () => {
    expect(portState(port, testNetwork, { ...nothing, links: [] })).toBeUndefined();
  });

  it("counts as the instance does", () => {
    expect(portState(port, testNetwork, nothing)).toEqual({
      ipv4: [],
      ipv6: [],
      mtu: 1400,
      hostInterface: "nic000000010",
      bytesReceived: 2000,
      bytesSent: 10,
      packetsReceived: 20,
      packetsSent: 1,
    });
  });

  it("has the address of a lease, of this MAC only", () => {
    const { mac, ipv4 } = port;
    expect(portState(port, testNetwork, { ...nothing, leases: [{ mac, ipv4 }] })?.ipv4).toEqual([`${ipv4}/24`]);
    expect(portState(port, testNetwork, { ...nothing, leases: [{ mac: "02:10:d6:00:00:09", ipv4 }] })?.ipv4).toEqual(
      [],
    );
  });

  it.each([
    ["REACHABLE", port.mac, true],
    ["STALE", port.mac, true],
    ["FAILED", undefined, false],
    ["INCOMPLETE", undefined, false],
    ["REACHABLE", "02:10:d6:00:00:09", false],
  ])("has the address of a neighbour that is %s with MAC %s: %s", (state, mac, seen) => {
    const neighbours = [{ dst: port.ipv6, ...(mac && { lladdr: mac }), state: [state] }];
    expect(portState(port, testNetwork, { ...nothing, neighbours })?.ipv6).toEqual(seen ? [`${port.ipv6}/64`] : []);
  });
});
