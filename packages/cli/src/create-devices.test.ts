import { resolve } from "node:path";
import { expect, test } from "vitest";
import { createDevices } from "./create-devices.ts";

const inherited = {
  root: { type: "disk", path: "/", pool: "default", size: "5GiB" },
  eth0: { type: "nic", name: "eth0", network: "lodgebr0" },
};
const nothing = { inherited, nic: true, given: {}, medium: {}, changes: {} };

test.each([
  ["nothing", {}, {}],
  ["without a nic", { nic: false }, { eth0: { type: "none" } }],
  ["another network", { network: "lab" }, { eth0: { type: "nic", name: "eth0", network: "lab" } }],
  ["another pool", { storage: "fast" }, { root: { type: "disk", path: "/", pool: "fast", size: "5GiB" } }],
  [
    "a change of a profile's device",
    { changes: { root: { size: "9GiB" } } },
    { root: { type: "disk", path: "/", pool: "default", size: "9GiB" } },
  ],
  [
    "a change of the network that was just given",
    { network: "lab", changes: { eth0: { hwaddr: "00:16:3e:00:00:01" } } },
    { eth0: { type: "nic", name: "eth0", network: "lab", hwaddr: "00:16:3e:00:00:01" } },
  ],
  [
    "a whole device, which is not mixed with the profile's",
    { given: { root: { type: "disk", path: "/", pool: "fast" } } },
    { root: { type: "disk", path: "/", pool: "fast" } },
  ],
  [
    "a device of its own with a file of this directory",
    { changes: { iso: { type: "disk", source: "x.iso" } } },
    { iso: { type: "disk", source: resolve("x.iso") } },
  ],
])("%s", (_what, sources, devices) => {
  expect(createDevices({ ...nothing, ...sources })).toEqual(devices);
});
