import { describe, expect, it } from "vitest";
import { reserveAddresses } from "./ports.ts";

const nic = { type: "nic", network: "lodgebr0" };
const lodgebr0 = { name: "lodgebr0", description: "", config: { "ipv4.address": "10.1.2.1/24" }, forwards: [] };
const book = { networks: new Map([["lodgebr0", lodgebr0]]), others: [], random: () => 0 };
const indexes = (reserved: Readonly<Record<string, string>>) =>
  Object.entries(reserved).filter(([key]) => key.endsWith(".index"));

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
