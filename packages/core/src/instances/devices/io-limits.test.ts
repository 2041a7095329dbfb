import type { Devices } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { deviceChanges } from "./changes.ts";
import { checkDevices } from "./check.ts";
import { diskLimits, ioLimitsDiffer, nicLimits, withoutLimits } from "./io-limits.ts";

const root = { type: "disk", path: "/", pool: "default" };
const eth0 = { type: "nic", network: "lodgebr0" };

describe("what devices say of limits", () => {
  it.each<[Record<string, string>, object]>([
    [{}, {}],
    [{ "limits.read": "" }, {}],
    [{ "limits.read": "10MiB" }, { limits: { read: { unit: "bytes", amount: 10 * 2 ** 20 } } }],
    [{ "limits.write": "50iops" }, { limits: { write: { unit: "operations", amount: 50 } } }],
    [
      { "limits.max": "1MB", "limits.read": "50iops" },
      { limits: { read: { unit: "bytes", amount: 1e6 }, write: { unit: "bytes", amount: 1e6 } } },
    ],
  ])("of a disk: %j", (device, limits) => expect(diskLimits(device)).toEqual(limits));

  it.each<[Record<string, string>, object]>([
    [{}, {}],
    [{ "limits.ingress": "1Mbit" }, { limits: { ingress: 1e6 } }],
    [{ "limits.ingress": "1Mbit", "limits.egress": "2Mbit" }, { limits: { ingress: 1e6, egress: 2e6 } }],
    [{ "limits.ingress": "1Mbit", "limits.max": "3Mbit" }, { limits: { ingress: 3e6, egress: 3e6 } }],
  ])("of a nic: %j", (device, limits) => expect(nicLimits(device)).toEqual(limits));

  it.each<[string, Devices, RegExp]>([
    ["a rate", { root: { ...root, "limits.read": "fast" } }, /limits.read "fast" must be bytes a second/],
    ["bits of a disk", { root: { ...root, "limits.max": "10Mbit" } }, /limits.max "10Mbit" must be bytes/],
    ["bytes of a nic", { root, eth0: { ...eth0, "limits.egress": "10MiB" } }, /limits.egress "10MiB" must be bits/],
    ["reading of a nic", { root, eth0: { ...eth0, "limits.read": "10MiB" } }, /unknown key "limits.read"/],
    [
      "what the container's root could undo",
      { root, eth0: { type: "nic", nictype: "macvlan", parent: "wan0", "limits.max": "1Mbit" } },
      /limits.max is not for nictype=macvlan in a container/,
    ],
  ])("is refused: %s", (_what, devices, message) => {
    expect(() => checkDevices("instance web", "container", devices)).toThrow(message);
  });

  it("is fine for a macvlan nic of a virtual machine", () => {
    const lan = { type: "nic", nictype: "macvlan", parent: "wan0", "limits.max": "1Mbit" };
    expect(() => checkDevices("instance web", "virtual-machine", { root, lan })).not.toThrow();
  });
});

describe("a change of limits", () => {
  it.each<[string, Devices, Devices, boolean]>([
    ["none", { root, eth0 }, { root, eth0: { ...eth0, "limits.max": "" } }, false],
    ["new ones", { root }, { root: { ...root, "limits.max": "1MB" } }, true],
    ["gone", { eth0: { ...eth0, "limits.max": "1Mbit" } }, { eth0 }, true],
    [
      "a limited device is another one",
      { a: { ...root, "limits.max": "1MB" } },
      { a: { ...root, "limits.max": "1MB", pool: "b" } },
      true,
    ],
    ["in another order", { a: { x: "1", "limits.max": "2" } }, { a: { "limits.max": "2", x: "1" } }, false],
    ["something else of a device without limits", { eth0 }, { eth0: { ...eth0, mtu: "1400" } }, false],
  ])("%s", (_what, before, after, differ) => {
    expect(ioLimitsDiffer(before, after)).toBe(differ);
    expect(ioLimitsDiffer(after, before)).toBe(differ);
  });

  it("takes no device away", () => {
    const limited = { ...eth0, "limits.ingress": "1Mbit" };
    expect(deviceChanges({ eth0 }, { eth0: limited })).toEqual({ removed: [], added: [], changed: [] });
    expect(withoutLimits({ eth0: limited })).toEqual({ eth0 });
  });
});
