import { expect, it } from "vitest";
import { devicesOf } from "./device-rows.ts";

it("knows who gives each device", () => {
  const nic = { type: "nic", network: "lodgebr0" };
  const root = { type: "disk", path: "/", pool: "default" };
  const rows = devicesOf(
    { devices: { eth1: nic }, expanded_devices: { root, eth0: nic, eth1: nic }, profiles: ["a", "b"] },
    [
      { name: "b", devices: { eth0: nic } },
      { name: "a", devices: { eth0: nic, root } },
    ],
  );
  expect(rows.map(({ name, type, from, words }) => [name, type, from, words])).toEqual([
    ["eth0", "nic", "b", "network=lodgebr0"],
    ["eth1", "nic", "instance", "network=lodgebr0"],
    ["root", "disk", "a", "path=/ pool=default"],
  ]);
});
