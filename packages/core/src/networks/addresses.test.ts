import { SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chooseIpv4Network,
  chooseIpv6Network,
  eui64Address,
  freeIpv4Address,
  generateMac,
  linkLocalAddress,
  networkPrefix,
} from "./addresses.ts";
import { formatIpv4, formatIpv6, parseIpv4, parseIpv4Network, parseIpv6 } from "./ip.ts";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("text of addresses", () => {
  it("reads what it writes, IPv4", () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(formatIpv4(parseIpv4(text) ?? -1)).toBe(text);
      }),
    );
  });

  it("writes IPv6 as the platform does", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xfd42, 0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
        const long = groups.map((group) => group.toString(16)).join(":");
        // An IPv4-compatible address (::1.2.3.4) is written otherwise there.
        fc.pre(groups.slice(0, 5).some((group) => group !== 0));
        expect(formatIpv6(groups)).toBe(new SocketAddress({ address: long, family: "ipv6" }).address);
        expect(parseIpv6(formatIpv6(groups))).toEqual(groups);
      }),
    );
  });

  it.each(["", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1/33", "10.0.0.1/", "default"])("refuses %j", (text) => {
    expect(parseIpv4Network(text)).toBeUndefined();
  });

  it.each(["", ":", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7::8", "g::", "::ffff:1.2.3.4"])("refuses %j", (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });
});

describe("MACs", () => {
  it("are unicast and locally administered", () => {
    fc.assert(
      fc.property(random, (at) => {
        expect(generateMac(() => at)).toMatch(/^02:10:d6(:[0-9a-f]{2}){3}$/);
      }),
    );
  });

  it("are not given twice", () => {
    expect(generateMac(() => 0.5)).toBe("02:10:d6:80:00:00");
    expect(generateMac(() => 0.5, new Set(["02:10:d6:80:00:00"]))).toBe("02:10:d6:80:00:01");
  });
});

describe("addresses that follow from a MAC", () => {
  it("are EUI-64", () => {
    expect(eui64Address("fd42:1:2:3::1/64", "02:10:d6:0a:0b:0c")).toBe("fd42:1:2:3:10:d6ff:fe0a:b0c");
    expect(linkLocalAddress("02:10:d6:0a:0b:0c")).toBe("fe80::10:d6ff:fe0a:b0c");
    expect(linkLocalAddress("52:54:00:12:34:56")).toBe("fe80::5054:ff:fe12:3456");
  });

  it("are none in a network without IPv6", () => {
    expect(eui64Address("", "02:10:d6:0a:0b:0c")).toBe("");
  });
});

describe("a free IPv4 address", () => {
  it.each([
    { network: "10.77.3.1/24", taken: [], expected: "10.77.3.2" },
    { network: "10.77.3.1/24", taken: ["10.77.3.2", "10.77.3.4"], expected: "10.77.3.3" },
    { network: "10.77.3.254/24", taken: [], expected: "10.77.3.1" },
    { network: "10.77.3.1/30", taken: ["10.77.3.2"], expected: undefined },
    { network: "", taken: [], expected: undefined },
  ])("of $network without $taken is $expected", ({ network, taken, expected }) => {
    expect(freeIpv4Address(network, new Set(taken))).toBe(expected);
  });

  it("is one of the ranges, where there are any", () => {
    const ranges = [
      { first: "10.77.3.0", last: "10.77.3.2" },
      { first: "10.77.3.100", last: "10.77.3.101" },
    ];
    const free = (...taken: string[]) => freeIpv4Address("10.77.3.1/24", new Set(taken), ranges);
    expect(free()).toBe("10.77.3.2");
    expect(free("10.77.3.2")).toBe("10.77.3.100");
    expect(free("10.77.3.2", "10.77.3.100", "10.77.3.101")).toBeUndefined();
  });

  it("fills a network without a repetition, the gateway, or the first and last address", () => {
    const taken = new Set<string>();
    for (;;) {
      const address = freeIpv4Address("192.168.5.7/27", taken);
      if (address === undefined) break;
      expect(taken.has(address)).toBe(false);
      taken.add(address);
    }
    expect(taken.size).toBe(29);
    for (const never of ["192.168.5.0", "192.168.5.7", "192.168.5.31"]) expect(taken.has(never)).toBe(false);
  });
});

describe("a new network", () => {
  const route = fc.tuple(fc.ipV4(), fc.integer({ min: 9, max: 32 })).map(([address, length]) => `${address}/${length}`);

  it("overlaps no route", () => {
    fc.assert(
      fc.property(fc.array(route, { maxLength: 20 }), random, fc.constantFrom(24, 30), (routes, at, prefixLength) => {
        const chosen = chooseIpv4Network(["default", ...routes], () => at, prefixLength);
        if (chosen === undefined) return;
        const own = parseIpv4Network(chosen);
        for (const text of routes) {
          const other = parseIpv4Network(text);
          if (!own || !other) throw new Error("unreadable");
          const shorter = Math.min(own.prefixLength, other.prefixLength);
          const size = 2 ** (32 - shorter);
          expect(Math.floor(own.address / size)).not.toBe(Math.floor(other.address / size));
        }
      }),
    );
  });

  it("is found while one is free, and else not", () => {
    const allBut = ["10.0.0.0/9", "10.128.0.0/10", "10.192.0.0/11", "10.224.0.0/12", "10.240.0.0/13"];
    expect(chooseIpv4Network(allBut, () => 0)).toBe("10.248.0.1/24");
    expect(chooseIpv4Network(["10.0.0.0/8"], () => 0.3)).toBeUndefined();
    expect(chooseIpv4Network(["0.0.0.0/0"], () => 0)).toBe("10.0.0.1/24");
  });

  it("of IPv6 is unique local", () => {
    expect(chooseIpv6Network(() => 0.999_999)).toBe("fdff:ffff:ffff:ffff::1/64");
  });
});

describe("the network of an address", () => {
  it.each([
    ["10.77.3.1/24", "10.77.3.0/24"],
    ["10.77.3.6/30", "10.77.3.4/30"],
    ["192.0.2.7/32", "192.0.2.7/32"],
    ["192.0.2.7/0", "0.0.0.0/0"],
    ["fd42:1:2:3::1/64", "fd42:1:2:3::/64"],
    ["fd42:1:2:3ff::1/56", "fd42:1:2:300::/56"],
    ["", ""],
  ])("%s is %s", (address, network) => {
    expect(networkPrefix(address)).toBe(network);
  });
});
