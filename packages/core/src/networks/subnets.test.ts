import { describe, expect, it } from "vitest";
import { contains, normalAddress, parseSubnet, subnetsOverlap } from "./subnets.ts";

describe("networks", () => {
  it.each([
    ["10.1.2.1/24", "10.1.2.255", true],
    ["10.1.2.1/24", "10.1.3.0", false],
    ["10.1.2.1/24", "fd42::1", false],
    ["fd42::1/64", "fd42::ffff:0:0:1", true],
    ["fd42::1/64", "fd42:0:0:1::1", false],
    ["none", "10.1.2.1", false],
    ["", "10.1.2.1", false],
  ])("%s contains %s: %s", (network, address, inside) => expect(contains(network, address)).toBe(inside));

  it.each([
    ["10.1.2.1/24", "10.1.0.0/16", true],
    ["10.1.2.1/24", "10.1.3.1/24", false],
    ["0.0.0.0/0", "fd42::/16", false],
    ["fd42:1::1/64", "fd42:1::/48", true],
    ["fd42:1::1/64", "fd42:2::/48", false],
  ])("%s and %s overlap: %s", (a, b, overlap) => {
    const [first, second] = [parseSubnet(a), parseSubnet(b)];
    expect(first && second && subnetsOverlap(first, second)).toBe(overlap);
  });

  it.each(["default", "10.1.2.1", "10.1.2.1/33", "fd42::1", "auto"])("%s is none", (text) =>
    expect(parseSubnet(text)).toBeUndefined(),
  );
});

it("writes addresses in one way", () => {
  expect(normalAddress("FD42:0:0:0::1")).toBe("fd42::1");
  expect(normalAddress("10.0.0.1")).toBe("10.0.0.1");
  expect(normalAddress("web")).toBeUndefined();
});
