import { expect, test } from "vitest";
import { hostPackages, packagesFor } from "./host-packages.mjs";

const names = (/** @type {{ id: string, architecture: "x64" | "arm64", version?: string }} */ system) =>
  packagesFor({ version: "", name: "", ...system }).map((entry) => entry.name);

test("an arm64 host gets the arm64 QEMU and firmware alone", () => {
  expect(names({ id: "debian", architecture: "arm64" })).toEqual(
    expect.arrayContaining(["qemu-system-arm", "qemu-efi-aarch64"]),
  );
  expect(names({ id: "debian", architecture: "arm64" })).not.toContain("qemu-system-x86");
});

test("Ubuntu needs Debian's archive keys to build Debian images", () => {
  expect(names({ id: "ubuntu", architecture: "x64" })).toContain("debian-archive-keyring");
  expect(names({ id: "debian", architecture: "x64" })).not.toContain("debian-archive-keyring");
});

test("Debian 12 has virtiofsd in another package", () => {
  expect(names({ id: "debian", version: "12", architecture: "x64" })).not.toContain("virtiofsd");
  expect(names({ id: "debian", version: "13", architecture: "x64" })).toContain("virtiofsd");
});

test("each package is listed once and says what for", () => {
  expect(new Set(hostPackages.map((entry) => entry.name)).size).toBe(hostPackages.length);
  for (const entry of hostPackages) expect(entry.why, entry.name).toMatch(/^\w.{8,}/);
});
