import type { Forward, InstanceId, NetworkDefinition, NetworkPort } from "@lodge/core";
import { secondNetwork, testNetwork, testPort } from "@lodge/core/testing";
import { describe, expect, it } from "vitest";
import { fabricFirewall } from "./fabric-firewall.ts";
import { hostFirewall, removeHostFirewall } from "./host-firewall.ts";
import { lanFilter, lanInterface } from "./lan/lan-names.ts";
import { allowOnly, allowPort, fabricFilter, forbidPort, portFilter } from "./port-filter.ts";

const port = testPort(1);

describe("the filter of ports", () => {
  const name = "nic000000010";
  const allow = (change: Partial<NetworkPort> = {}) => allowPort(fabricFilter, { port: { ...port, ...change }, name });

  it("lets a port send under its own addresses", () => {
    expect(allow().split("\n")).toEqual([
      'add element bridge lodge macs { "nic000000010" . 02:10:d6:00:00:01 }',
      'add element bridge lodge ipv4 { "nic000000010" . 10.211.7.101 }',
      'add element bridge lodge ipv6 { "nic000000010" . fe80::10:d6ff:fe00:1, "nic000000010" . fd42:77:1:2:10:d6ff:fe00:1 }',
      'add element bridge lodge nd_targets { "nic000000010" . 0xfe800000000000000010d6fffe000001, "nic000000010" . 0xfd420077000100020010d6fffe000001 }',
      'add element bridge lodge nd_macs { "nic000000010" . 0x0210d6000001 }',
      "",
    ]);
  });

  it("gives a port without IPv6 its link-local address alone", () => {
    expect(allow({ ipv6: "" })).toContain('ipv6 { "nic000000010" . fe80::10:d6ff:fe00:1 }');
  });

  it("opens what is not to be filtered", () => {
    const open = (filter: NetworkPort["filter"]) => allow({ filter }).match(/(?<=lodge )\w+(?= \{)/g);
    expect(open({ mac: true, ipv4: false, ipv6: true })).toEqual([
      "macs",
      "open_ipv4",
      "ipv6",
      "nd_targets",
      "nd_macs",
    ]);
    expect(open({ mac: true, ipv4: true, ipv6: false })).toEqual(["macs", "ipv4", "open_ipv6"]);
    expect(open({ mac: false, ipv4: false, ipv6: false })).toEqual(["open"]);
  });

  it("takes away what is there or not", () => {
    const lines = forbidPort(fabricFilter, { port, name }).trim().split("\n");
    expect(lines.slice(0, 5).map((line) => line.replace("add", "delete"))).toEqual(lines.slice(5));
  });

  it("replaces all ports in one transaction", () => {
    const ruleset = allowOnly(fabricFilter, [{ port, name }]);
    expect(ruleset.match(/^flush set bridge lodge \w+$/gm)).toHaveLength(8);
    expect(ruleset.endsWith(allow())).toBe(true);
  });

  it("declares every set before it is used, and lets no unknown frame pass", () => {
    const ruleset = portFilter(fabricFilter);
    const declared = [...ruleset.matchAll(/^add set bridge lodge (\w+)/gm)].map(([, set]) => set);
    const used = [...ruleset.matchAll(/@((?!th,)\w+)/g)].map(([, set]) => set);
    expect(declared).toEqual(expect.arrayContaining([...new Set(used)]));
    expect(ruleset).toContain("hook prerouting priority -300; policy drop;");
  });

  it("on the host leaves ports of others alone", () => {
    const ruleset = portFilter(lanFilter("a1b2c3"));
    expect(ruleset).toContain("table bridge lodge_a1b2c3");
    expect(ruleset).toContain("hook prerouting priority -300; policy accept;");
    expect(ruleset).toContain('iifname "na1b2c3*" jump guard');
  });
});

it("interfaces in the LAN have names that fit and are told apart", () => {
  const name = lanInterface("a1b2c3", { instance: "ffffffff" as InstanceId, index: 7 });
  expect(name).toBe("na1b2c31z141z37");
  expect(lanInterface("a1b2c3", { instance: "00000001" as InstanceId, index: 0 })).toBe("na1b2c300000010");
});

describe("the fabric's firewall", () => {
  const lines = (...networks: NetworkDefinition[]) =>
    fabricFirewall(networks)
      .split("\n")
      .filter((line) => line.includes("iifname"))
      .map((line) => line.trim());

  it("lets networks reach the host and be reached, and not each other", () => {
    const ruleset = lines(testNetwork, secondNetwork);
    expect(ruleset).toContain('iifname "lodgebr0" goto gateway');
    expect(ruleset).toContain('iifname "dev" oifname "host0" accept');
    expect(ruleset).toContain('iifname "host0" oifname "dev" accept');
    expect(ruleset.join()).not.toContain('iifname "lodgebr0" oifname "dev"');
  });

  it("lets peers meet", () => {
    const ruleset = lines({ ...testNetwork, peers: ["dev"] }, { ...secondNetwork, peers: ["lodgebr0"] });
    expect(ruleset).toContain('iifname "lodgebr0" oifname "dev" accept');
    expect(ruleset).toContain('iifname "dev" oifname "lodgebr0" accept');
  });

  it("leaves an isolated network its name server and nothing else", () => {
    expect(lines({ ...testNetwork, isolated: true })).toEqual([
      'iifname { "lo", "host0" } accept',
      'iifname "lodgebr0" goto gateway',
      'iifname "lodgebr0" oifname "lodgebr0" accept',
    ]);
  });
});

describe("the host's table", () => {
  const networks = { translated: ["10.1.2.0/24", "fd42::/64"], routed: ["10.9.9.0/24"] };
  const rules = (open: boolean, forwards: readonly Forward[] = []) =>
    hostFirewall({ tag: "a1b2c3", open, forwards, ...networks })
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => /(accept|drop|masquerade|prohibited|dnat .*)$/.test(line));

  it("lets nothing pass when the fabric is closed", () => {
    expect(rules(false)).toEqual([
      'iifname "lodge-a1b2c3" reject with icmpx admin-prohibited',
      'oifname "lodge-a1b2c3" drop',
    ]);
  });

  it("lets instances out and, where addresses are translated, only answers in", () => {
    expect(rules(true)).toEqual([
      'iifname "lodge-a1b2c3" ip saddr { 10.1.2.0/24, 10.9.9.0/24 } accept',
      'iifname "lodge-a1b2c3" ip6 saddr { fd42::/64 } accept',
      'oifname "lodge-a1b2c3" ct state established,related accept',
      'oifname "lodge-a1b2c3" ip daddr { 10.9.9.0/24 } accept',
      'iifname "lodge-a1b2c3" reject with icmpx admin-prohibited',
      'oifname "lodge-a1b2c3" drop',
      'oifname != "lodge-a1b2c3" ip saddr { 10.1.2.0/24 } masquerade',
      'oifname != "lodge-a1b2c3" ip6 saddr { fd42::/64 } masquerade',
    ]);
  });

  it("lets through what a forward sends on, also when the fabric is closed", () => {
    const forward = { listen: "192.0.2.1", target: "10.1.2.5", ports: [] };
    expect(rules(false, [forward])).toEqual([
      'oifname "lodge-a1b2c3" ct status dnat ip daddr { 10.1.2.5 } accept',
      'iifname "lodge-a1b2c3" ct direction reply ct state established,related accept',
      'iifname "lodge-a1b2c3" reject with icmpx admin-prohibited',
      'oifname "lodge-a1b2c3" drop',
      'oifname "lodge-a1b2c3" ct status dnat fib saddr type local masquerade',
      'oifname "lodge-a1b2c3" ct status dnat ip saddr { 10.1.2.0/24, 10.9.9.0/24 } masquerade',
      'oifname "lodge-a1b2c3" ct status dnat ip6 saddr { fd42::/64 } masquerade',
      "ip daddr 192.0.2.1 dnat ip to 10.1.2.5",
      "ip daddr 192.0.2.1 dnat ip to 10.1.2.5",
    ]);
  });

  it("is removed whether it is there or not", () => {
    expect(removeHostFirewall("a1b2c3")).toBe("table inet lodge_a1b2c3\ndelete table inet lodge_a1b2c3\n");
  });
});
