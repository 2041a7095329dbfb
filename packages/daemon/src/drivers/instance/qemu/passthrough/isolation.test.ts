import { expect, test } from "vitest";
import type { PciFunction } from "../../../../system/pci-functions.ts";
import { requireIsolation } from "./isolation.ts";

const found = (address: string, group: string | undefined, more: Partial<PciFunction> = {}): PciFunction => ({
  ...{ address, class: 0x020000, vendor: "8086", product: "1533", ...(group !== undefined && { group }) },
  ...more,
});
const nic = found("0000:02:00.0", "14", { driver: "igb" });
const chosen = [{ name: "p", functions: [nic] }];

test.each<[string, PciFunction[]]>([
  ["a function alone in its group", [nic, found("0000:03:00.0", "15", { driver: "nvme" })]],
  ["beside a bridge", [nic, found("0000:00:1c.0", "14", { class: 0x060400, driver: "pcieport" })]],
  ["beside one without a driver", [nic, found("0000:02:00.1", "14")]],
  ["beside one that vfio-pci has", [nic, found("0000:02:00.1", "14", { driver: "vfio-pci" })]],
])("%s can be given", (_what, all) => expect(requireIsolation(chosen, all)).toEqual(["14"]));

test("a group that is given as a whole can be given", () => {
  const sound = found("0000:02:00.1", "14", { driver: "snd_hda_intel" });
  const both = [{ name: "p", functions: [nic, sound] }];
  expect(requireIsolation(both, [nic, sound])).toEqual(["14"]);
});

test.each<[string, PciFunction[], RegExp]>([
  [
    "one that the host uses in its group",
    [nic, found("0000:02:00.1", "14", { driver: "snd_hda_intel" })],
    /"p": 0000:02:00.0 cannot be kept apart from 0000:02:00.1, which the host's driver snd_hda_intel has \(IOMMU group 14\)/,
  ],
])("%s is refused", (_what, all, message) => expect(() => requireIsolation(chosen, all)).toThrow(message));

test("a host without an IOMMU says how to turn it on", () => {
  const bare = found("0000:02:00.0", undefined);
  const devices = [{ name: "p", functions: [bare] }];
  expect(() => requireIsolation(devices, [bare])).toThrow(/no IOMMU.*VT-d .*AMD-Vi.*intel_iommu=on/);
  expect(() => requireIsolation(devices, [bare, nic])).toThrow(/the host's IOMMU does not cover 0000:02:00.0/);
});
