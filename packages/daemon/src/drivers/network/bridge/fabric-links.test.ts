import type { InstanceId } from "@lodge/core";
import { testNetwork, testPort } from "@lodge/core/testing";
import { describe, expect, it } from "vitest";
import { bridgeCommands, fabricCommands, hostCommands, linkCommands } from "./fabric-links.ts";
import { bridgeName, isPortInterface, portInterface } from "./interface-names.ts";
import type { Link } from "./links.ts";
import { attachCommands } from "./port-links.ts";

const link = { tag: "a1b2c3", fabricPath: "/lodge/ns/net", mtu: 1400, ipv4: "10.5.6.1/30", ipv6: true };
const existing = (ifname: string, ...addresses: [string, number][]): Link => ({
  ifname,
  ifindex: 2,
  addr_info: addresses.map(([local, prefixlen]) => ({ local, prefixlen, scope: "global" })),
});

describe("the link between host and fabric", () => {
  it("is made with both ends, and the host learns the way to the networks", () => {
    expect([...linkCommands(link, [], []), ...hostCommands(link, [testNetwork])]).toEqual([
      "link add name lodge-a1b2c3 type veth peer name host0 netns /lodge/ns/net",
      "link set dev lodge-a1b2c3 mtu 1400 up",
      "addr replace 10.5.6.1/30 dev lodge-a1b2c3",
      "addr replace fd10:d6a1:b2c3:ffff::1/126 dev lodge-a1b2c3 nodad",
      "route replace 10.211.7.0/24 via 10.5.6.2 dev lodge-a1b2c3",
      "route replace fd42:77:1:2::/64 via fd10:d6a1:b2c3:ffff::2 dev lodge-a1b2c3",
    ]);
  });

  it("does without IPv6 where the kernel has none", () => {
    const none = { ...link, ipv6: false };
    const commands = [...hostCommands(none, [{ ...testNetwork, ipv6: "" }]), ...fabricCommands(none, true)];
    expect(commands.join("\n")).not.toContain("::");
  });

  it("is kept when both ends are there", () => {
    const commands = linkCommands(link, [existing("lodge-a1b2c3")], [existing("host0")]);
    expect(commands.join()).not.toMatch(/link (add|del)/);
  });

  it("is made anew when it leads to a fabric that is gone", () => {
    const commands = linkCommands(link, [existing("lodge-a1b2c3")], []);
    expect(commands.slice(0, 2)).toEqual([
      "link del dev lodge-a1b2c3",
      expect.stringContaining("link add name lodge-a1b2c3"),
    ]);
  });

  it("is the way out only of a fabric that is open", () => {
    expect(fabricCommands(link, false).join()).not.toContain("default");
    expect(fabricCommands(link, true)).toContain("route replace default via 10.5.6.1 dev host0");
  });
});

describe("a bridge", () => {
  it("is made with fixed addresses", () => {
    expect(bridgeCommands(testNetwork, 1500, [])).toEqual([
      expect.stringMatching(/^link add name lodgebr0 address 02:10:d7(:[0-9a-f]{2}){3} type bridge /),
      "link set dev lodgebr0 mtu 1500 addrgenmode none",
      "addr replace 10.211.7.1/24 dev lodgebr0",
      "addr replace fe80::1/64 dev lodgebr0 nodad",
      "addr replace fd42:77:1:2::1/64 dev lodgebr0 nodad",
      "link set dev lodgebr0 up",
    ]);
  });

  it("may have a name that means something to `ip`", () => {
    const commands = bridgeCommands({ ...testNetwork, name: "dev" }, 1500, []).map((command) => command.split(" "));
    for (const [, verb, keyword, name] of commands.filter(([object]) => object === "link")) {
      expect([verb, keyword, name]).toEqual([verb, verb === "add" ? "name" : "dev", "dev"]);
    }
  });

  it("loses addresses that it should no longer have", () => {
    const bridge = existing("lodgebr0", ["10.211.7.1", 24], ["10.1.1.1", 24]);
    const commands = bridgeCommands(testNetwork, 1500, [bridge]);
    expect(commands.filter((command) => /link add|addr del/.test(command))).toEqual([
      "addr del 10.1.1.1/24 dev lodgebr0",
    ]);
  });
});

describe("a port", () => {
  it("of a container is a pair whose far end is made in its place", () => {
    expect(attachCommands(testPort(1), { kind: "namespace", path: "/lodge/run/1/net" }, 1400)).toEqual([
      "link add name nic000000010 mtu 1400 type veth peer name eth0 address 02:10:d6:00:00:01 mtu 1400 netns /lodge/run/1/net",
      "link set dev nic000000010 addrgenmode none",
      "link set dev nic000000010 master lodgebr0 up",
    ]);
  });

  it("of a VM is a tap that belongs to it", () => {
    expect(attachCommands(testPort(1), { kind: "tap", uid: 70_000 }, 1400)).toEqual([
      "tuntap add dev nic000000010 mode tap user 70000 vnet_hdr",
      "link set dev nic000000010 addrgenmode none mtu 1400",
      "link set dev nic000000010 master lodgebr0 up",
    ]);
  });
});

describe("names of interfaces", () => {
  it("fit and are told apart", () => {
    const name = portInterface({ instance: "deadbeef" as InstanceId, index: 7 });
    expect(name.length).toBeLessThanOrEqual(15);
    expect(isPortInterface(name)).toBe(true);
    expect(isPortInterface("lodgebr0")).toBe(false);
  });

  it.each(["", "a".repeat(16), "host0", "lo", "all", "nicdeadbeef0", "a/b", "-x", "a b"])(
    "refuse the network %j",
    (name) => {
      expect(() => bridgeName(name)).toThrow(expect.objectContaining({ code: "request_invalid" }));
    },
  );
});
