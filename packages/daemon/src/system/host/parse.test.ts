import { describe, expect, it } from "vitest";
import {
  hasCapability,
  hasFilesystem,
  kernelAtLeast,
  mountOf,
  parseMeminfo,
  parseOsName,
  parseOsRelease,
  parseVersion,
} from "./parse.ts";

describe("what the host says of itself", () => {
  it.each([
    ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n', "Debian GNU/Linux 12 (bookworm)"],
    ["NAME=Alpine\n", "Alpine"],
    ["", "Linux"],
  ])("names the system of %j", (text, name) => {
    expect(parseOsName(text)).toBe(name);
  });

  it("reads the system's name and version apart", () => {
    const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n';
    expect(parseOsRelease(text)).toEqual({ name: "Debian GNU/Linux", version: "12" });
    expect(parseOsRelease("")).toEqual({ name: "", version: "" });
  });

  it("reads memory and swap", () => {
    const text = "MemTotal:        2048 kB\nMemFree:  1 kB\nMemAvailable:    1024 kB\nSwapTotal:  4 kB\n";
    expect(parseMeminfo(text)).toEqual({ total: 2 << 20, available: 1 << 20, swap: 4096 });
  });

  it("finds file systems, not parts of their names", () => {
    const text = "nodev\tsysfs\nnodev\toverlay\n\text4\n";
    expect(hasFilesystem(text, "overlay")).toBe(true);
    expect(hasFilesystem(text, "ext4")).toBe(true);
    expect(hasFilesystem(text, "ext")).toBe(false);
  });

  it.each([
    ["5.19.0", true],
    ["6.1.0-18-amd64", true],
    ["5.18.20", false],
    ["4.19", false],
    ["10.0-rc1", true],
    ["strange", false],
  ])("compares kernel %s with 5.19", (release, expected) => {
    expect(kernelAtLeast(release, 5, 19)).toBe(expected);
  });

  it("reads capabilities", () => {
    const status = "Name:\tnode\nCapEff:\t000001fffeffffff\n";
    expect(hasCapability(status, 21)).toBe(true);
    expect(hasCapability(status, 24)).toBe(false);
    expect(hasCapability("", 0)).toBe(false);
  });

  it("finds the innermost and last mount of a path", () => {
    const text = [
      "27 1 254:0 / / rw - ext4 /dev/vda rw,discard",
      "30 27 254:1 / /var/lib/lodge rw - xfs /dev/vdb rw,prjquota",
      "31 27 254:2 / /var/lib/lod rw - btrfs /dev/vdc rw",
    ].join("\n");
    expect(mountOf(text, "/var/lib/lodge/pools")).toEqual({ type: "xfs", options: ["rw", "prjquota"] });
    expect(mountOf(text, "/var/lib/lodger")?.type).toBe("ext4");
    expect(mountOf("", "/")).toBeUndefined();
  });

  it.each([
    ["QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)", "7.2.22"],
    ["crun version 1.8.1\ncommit: f8a0", "1.8.1"],
    ["nftables v1.0.6 (Lester Gooch #5)", "1.0.6"],
    ["ip utility, iproute2-6.1.0, libbpf 1.1.2", "6.1.0"],
    ["no digits", undefined],
  ])("finds the version in %j", (text, version) => {
    expect(parseVersion(text)).toBe(version);
  });
});
