import { testNetwork, testPort } from "@lodge/core/testing";
import { describe, expect, it } from "vitest";
import { type DnsmasqSetting, dnsmasqConfig, networkFiles } from "./dnsmasq-config.ts";
import { keepLeases, parseLeases, releaseMessage } from "./leases.ts";
import { reachableNameServers, resolvConf } from "./name-servers.ts";
import { nameLines, reservationLine } from "./reservations.ts";

const port = testPort(1);

describe("dnsmasq's configuration", () => {
  const files = networkFiles("/lodge/networks/bridges/lodgebr0");
  const config = (network = testNetwork, mtu = 1500, peers: DnsmasqSetting["peers"] = []) =>
    dnsmasqConfig({ network, files, mtu, peers, user: "dnsmasq" }).split("\n");

  it("serves one bridge and believes no guest", () => {
    expect(config()).toEqual(
      expect.arrayContaining([
        "user=dnsmasq",
        "interface=lodgebr0",
        "bind-interfaces",
        "no-hosts",
        "local=/lodge/",
        "dhcp-ignore=tag:!known",
        "dhcp-ignore-names",
        "dhcp-ignore-clid",
        "dhcp-range=10.211.7.0,static,255.255.255.0,infinite",
        "dhcp-range=fd42:77:1:2::,ra-only,64,infinite",
        "enable-ra",
      ]),
    );
  });

  it("announces another MTU than Ethernet's", () => {
    expect(config().join()).not.toContain("option:mtu");
    expect(config(testNetwork, 1400)).toContain("dhcp-option=option:mtu,1400");
  });

  it.each([
    ["10.0.0.1/8", "255.0.0.0"],
    ["10.0.0.1/20", "255.255.240.0"],
    ["10.0.0.1/30", "255.255.255.252"],
  ])("of %s has the netmask %s", (ipv4, netmask) => {
    expect(config({ ...testNetwork, ipv4 })).toContain(`dhcp-range=10.0.0.0,static,${netmask},infinite`);
  });

  it("knows the names of peers, and asks nobody outside for theirs", () => {
    const peers = [{ domain: "dev", names: "/lodge/networks/bridges/dev/names" }];
    expect(config(testNetwork, 1500, peers)).toEqual(
      expect.arrayContaining(["hostsdir=/lodge/networks/bridges/dev/names", "local=/lodge/", "local=/dev/"]),
    );
  });

  it("knows no names where there are none, and gives no addresses where it is not to", () => {
    const withoutBoth = config({ ...testNetwork, names: false, dhcp: false }).join();
    expect(withoutBoth).not.toContain(",hostsdir");
    expect(withoutBoth).not.toContain(",static,");
  });

  it("gives IPv6 addresses where instances do not form them", () => {
    expect(config({ ...testNetwork, dhcpv6: true })).toContain("dhcp-range=fd42:77:1:2::,static,64,infinite");
  });

  it("leaves out a family that the network has not", () => {
    expect(config({ ...testNetwork, ipv6: "" }).join()).not.toContain("ra-only");
    expect(config({ ...testNetwork, ipv4: "" }).join()).not.toContain("static");
  });
});

describe("the dnsmasq of an isolated network", () => {
  const files = networkFiles("/lodge/networks/bridges/lodgebr0");
  const isolated = { ...testNetwork, isolated: true };
  const config = dnsmasqConfig({ network: isolated, files, mtu: 1500, peers: [], user: "dnsmasq" });

  it("shows no way out and asks nobody outside", () => {
    expect(config.split("\n")).toEqual(
      expect.arrayContaining(["no-resolv", "dhcp-option=option:router", "ra-param=lodgebr0,600,0"]),
    );
    expect(config).not.toContain("resolv-file");
  });
});

describe("what dnsmasq knows of a port", () => {
  it("is its address and its names", () => {
    const addresses = (change: object) => reservationLine(port, { ...testNetwork, ...change });
    expect(addresses({})).toBe("02:10:d6:00:00:01,10.211.7.101,inst1,infinite\n");
    expect(addresses({ dhcpv6: true })).toBe(
      "02:10:d6:00:00:01,10.211.7.101,[fd42:77:1:2:10:d6ff:fe00:1],inst1,infinite\n",
    );
    expect(addresses({ dhcp: false })).toBe("");
    expect(addresses({ names: false })).toBe("02:10:d6:00:00:01,10.211.7.101,infinite\n");
    expect(nameLines(port, "lodge")).toBe(
      "10.211.7.101 inst1.lodge inst1\nfd42:77:1:2:10:d6ff:fe00:1 inst1.lodge inst1\n",
    );
  });
});

describe("leases", () => {
  const text = [
    "0 02:10:d6:00:00:02 10.211.7.102 inst2 *",
    "1767225600 02:10:d6:00:00:01 10.211.7.101 inst1 01:02:10:d6:00:00:01",
    "duid 00:01:00:01:2f:7b:57:72:02:10:d7:39:9f:e3",
    "0 15728961 fd42::5 inst1 00:03",
    "",
  ].join("\n");

  it("are read", () => {
    expect(parseLeases(text)).toEqual([
      { mac: "02:10:d6:00:00:02", ipv4: "10.211.7.102" },
      { mac: "02:10:d6:00:00:01", ipv4: "10.211.7.101" },
    ]);
  });

  it("are kept for those who are still there", () => {
    expect(keepLeases(text, new Set(["02:10:d6:00:00:02"]))).toBe("0 02:10:d6:00:00:02 10.211.7.102 * *\n");
  });

  it("are given back by a message of RFC 2131", () => {
    const message = releaseMessage({ mac: port.mac, ipv4: port.ipv4 }, "10.211.7.1");
    expect(message.subarray(12, 16)).toEqual(Buffer.from([10, 211, 7, 101]));
    expect(message.subarray(28, 34)).toEqual(Buffer.from([2, 0x10, 0xd6, 0, 0, 1]));
    expect(message.subarray(236, 250)).toEqual(
      Buffer.from([0x63, 0x82, 0x53, 0x63, 53, 1, 7, 54, 4, 10, 211, 7, 1, 255]),
    );
  });
});

describe("name servers", () => {
  it.each([
    ["nameserver 10.0.0.53\n# nameserver 1.1.1.1\nsearch x\nnameserver 2001:db8::53", ["10.0.0.53", "2001:db8::53"]],
    ["nameserver 127.0.0.53\noptions edns0", []],
    ["nameserver ::1\nnameserver fe80::1%eth0\nnameserver 192.0.2.1", ["192.0.2.1"]],
    ["", []],
  ])("that the fabric can reach, of %j", (text, servers) => {
    expect(reachableNameServers(text)).toEqual(servers);
    expect(reachableNameServers(resolvConf(servers))).toEqual(servers);
  });
});
