import { describe, expect, it } from "vitest";
import { readNics } from "./nics.ts";

const network = { type: "nic", network: "lodgebr0" };
const bridged = { type: "nic", nictype: "bridged", parent: "br0" };
const macvlan = { ...bridged, nictype: "macvlan" };
const read = (device: Readonly<Record<string, string>>) => readNics("i", { eth0: device })[0];
const all = { mac: true, ipv4: true, ipv6: true };
const none = { mac: false, ipv4: false, ipv6: false };

describe("what a nic is filtered by", () => {
  it.each([
    [network, all],
    [
      { ...network, "security.ipv6_filtering": "false" },
      { ...all, ipv6: false },
    ],
    [{ ...network, "security.mac_filtering": "false" }, none],
    [bridged, { ...none, mac: true }],
    [
      { ...bridged, "ipv4.address": "192.0.2.7" },
      { ...all, ipv6: false },
    ],
    [
      { ...bridged, "ipv4.address": "192.0.2.7", "security.ipv4_filtering": "no" },
      { ...none, mac: true },
    ],
    [macvlan, none],
    [{ ...macvlan, "security.mac_filtering": "false" }, none],
  ])("of %j", (device, filter) => expect(read(device)?.filter).toEqual(filter));
});

it("reads what a nic asks for, addresses in one way", () => {
  expect(read({ ...bridged, mtu: "1400", "ipv4.address": "192.0.2.7", "ipv6.address": "2001:DB8:0::7" })).toMatchObject(
    {
      ...{ parent: "br0", mode: "bridged", mtu: 1400, ipv4: "192.0.2.7", ipv6: "2001:db8::7" },
    },
  );
});

it.each([
  [{ type: "nic" }, /needs the key network, or nictype and parent/],
  [{ type: "nic", parent: "br0" }, /needs the key network, or nictype and parent/],
  [{ ...network, ...bridged }, /cannot have a parent/],
  [{ ...bridged, "security.ipv4_filtering": "true" }, /needs the key ipv4\.address/],
  [{ ...network, "security.mac_filtering": "0", "security.ipv4_filtering": "1" }, /needs security\.mac_filtering/],
  [{ ...macvlan, "ipv4.address": "192.0.2.7" }, /not for nictype=macvlan/],
  [{ ...macvlan, "security.mac_filtering": "true" }, /cannot filter/],
])("refuses %j", (device, message) => expect(() => read(device)).toThrow(message));
