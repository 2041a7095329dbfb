import type { Config, Devices } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { reserveAddresses } from "./ports.ts";

const nic = { type: "nic", network: "lodgebr0" };
const lodgebr0 = { name: "lodgebr0", description: "", config: { "ipv4.address": "10.1.2.1/24" }, forwards: [] };
const book = { networks: new Map([["lodgebr0", lodgebr0]]), others: [], random: () => 0 };
const indexes = (reserved: Readonly<Record<string, string>>) =>
  Object.entries(reserved).filter(([key]) => key.endsWith(".index"));

const reserve = (devices: Devices, own: Config = {}, others: readonly Config[] = []) =>
  reserveAddresses("instance web", devices, own, { ...book, others: others.map((config) => ({ name: "db", config })) });

describe("fixed addresses", () => {
  it("are reserved as they are asked for", () => {
    const eth0 = { ...nic, "ipv4.address": "10.1.2.77", hwaddr: "02:00:00:00:00:01" };
    expect(reserve({ eth0 })).toMatchObject({
      "volatile.eth0.ipv4_address": "10.1.2.77",
      "volatile.eth0.hwaddr": "02:00:00:00:00:01",
    });
  });

  it("take the place of chosen ones, and stay when nothing is asked for any more", () => {
    const own = { ...reserve({ eth0: nic }), ...reserve({ eth0: { ...nic, "ipv4.address": "10.1.2.77" } }) };
    expect(own["volatile.eth0.ipv4_address"]).toBe("10.1.2.77");
    expect(reserve({ eth0: nic }, own)).toEqual({});
  });

  it.each([
    [{ "ipv4.address": "10.1.3.7" }, /not inside network "lodgebr0" \(10\.1\.2\.1\/24\)/],
    [{ "ipv4.address": "10.1.2.1" }, /gateway/],
    [{ "ipv4.address": "10.1.2.255" }, /first or last/],
    [{ "ipv4.address": "10.1.2.5" }, /taken by instance "db"/],
    [{ "ipv6.address": "fd42::5" }, /which has no ipv6\.address/],
    [{ hwaddr: "02:00:00:00:00:05" }, /hwaddr=02:00:00:00:00:05 .* is taken/],
  ])("%j are refused", (keys, message) => {
    const others = [{ "volatile.eth0.ipv4_address": "10.1.2.5", "volatile.eth0.hwaddr": "02:00:00:00:00:05" }];
    expect(() => reserve({ eth0: { ...nic, ...keys } }, {}, others)).toThrow(message);
  });

  it("of IPv6 need a network that gives them", () => {
    const config = { "ipv4.address": "none", "ipv6.address": "fd42::1/64" };
    const on = (more: Config) => ({
      ...book,
      networks: new Map([["lodgebr0", { ...lodgebr0, config: { ...config, ...more } }]]),
    });
    const devices = { eth0: { ...nic, "ipv6.address": "fd42::5" } };
    expect(() => reserveAddresses("instance web", devices, {}, on({}))).toThrow(/ipv6\.dhcp\.stateful=true/);
    const reserved = reserveAddresses("instance web", devices, {}, on({ "ipv6.dhcp.stateful": "true" }));
    expect(reserved).toMatchObject({ "volatile.eth0.ipv6_address": "fd42::5" });
    expect(reserved).not.toHaveProperty("volatile.eth0.ipv4_address");
  });

  it("are chosen anew where those that are reserved do not fit any more", () => {
    const own = { ...reserve({ eth0: nic }), "volatile.eth0.ipv4_address": "10.9.9.9" };
    expect(reserve({ eth0: nic }, own)).toEqual({ "volatile.eth0.ipv4_address": "10.1.2.2" });
  });
});

describe("a nic on an interface of the host", () => {
  const lan = { type: "nic", nictype: "bridged", parent: "br0" };

  it("gets a MAC and no address", () => {
    expect(Object.keys(reserve({ eth0: lan })).sort()).toEqual(["volatile.eth0.hwaddr", "volatile.eth0.index"]);
  });

  it("is on the network when its parent is that one's bridge, and on no other interface of a network's", () => {
    const written = { ...lan, parent: "lodgebr0" };
    expect(reserve({ eth0: written })).toEqual(reserve({ eth0: nic }));
    expect(() => reserve({ eth0: { ...written, nictype: "macvlan" } })).toThrow(/use network=lodgebr0/);
  });
});

describe("the indexes of nics", () => {
  it("count from 0 in the order of the devices' names", () => {
    const reserved = reserveAddresses("instance web", { eth1: nic, eth0: nic }, {}, book);
    expect(indexes(reserved)).toEqual([
      ["volatile.eth0.index", "0"],
      ["volatile.eth1.index", "1"],
    ]);
  });

  it("stay when a nic is added before them, and are given again when one is gone", () => {
    const own = { "volatile.eth1.index": "0", "volatile.eth2.index": "1" };
    const added = reserveAddresses("instance web", { eth0: nic, eth1: nic, eth2: nic }, own, book);
    expect(indexes(added)).toEqual([["volatile.eth0.index", "2"]]);
    const instead = reserveAddresses("instance web", { eth0: nic, eth2: nic }, own, book);
    expect(indexes(instead)).toEqual([["volatile.eth0.index", "0"]]);
  });
});
