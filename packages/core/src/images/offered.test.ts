import { describe, expect, it } from "vitest";
import { chooseOffered } from "./offered.ts";
import type { OfferedImage } from "./server.ts";

const image = (digit: string, type: OfferedImage["type"], architecture: string, aliases: string[]): OfferedImage => ({
  ...{ fingerprint: digit.repeat(64), type, architecture, aliases, filename: "", size: 1 },
  properties: { architecture: architecture === "x86_64" ? "amd64" : "arm64" },
  createdAt: new Date(0),
});
const images = [
  image("a", "virtual-machine", "x86_64", ["debian/12"]),
  image("b", "container", "x86_64", ["debian/12"]),
  image("c", "container", "aarch64", ["debian/12"]),
  image("d", "container", "aarch64", ["arm/only"]),
];
const choose = (wanted: Parameters<typeof chooseOffered>[2]) =>
  chooseOffered("https://s", images, wanted).fingerprint[0];

describe("the image that is meant", () => {
  it.each([
    [{ alias: "debian/12", architecture: "x86_64" }, "b"],
    [{ alias: "debian/12", architecture: "x86_64", type: "virtual-machine" }, "a"],
    [{ alias: "debian/12/arm64", architecture: "x86_64" }, "c"],
    [{ alias: "debian/12/aarch64", architecture: "x86_64" }, "c"],
    [{ fingerprint: "aaaaaaaaaaaa" }, "a"],
    [{ alias: "dddddddddddd", architecture: "x86_64" }, "d"],
  ] as const)("by %j is %s", (wanted, digit) => expect(choose(wanted)).toBe(digit));

  it.each([
    [{ alias: "debian/13" }],
    [{ alias: "arm/only", architecture: "x86_64" }],
    [{ alias: "debian/12/arm64", type: "virtual-machine" }],
    [{ fingerprint: "aaaaaaaaaaaa", type: "container" }],
    [{ fingerprint: "aa" }],
    [{ fingerprint: "" }],
    [{}],
  ] as const)("by %j is none", (wanted) => expect(() => choose(wanted)).toThrow("offers no"));
});
