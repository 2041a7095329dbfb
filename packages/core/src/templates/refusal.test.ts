import type { Config, Devices } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { instanceRecord } from "../store/describe-store.ts";
import { templateRefusal } from "./refusal.ts";
import { shapeDevices, shapeKey, templateShape } from "./shape.ts";

const root = { type: "disk", path: "/", pool: "default" };
const eth0 = { type: "nic", network: "lodgebr0", "ipv4.address": "10.0.0.5" };
const vm = (config: Config = {}, devices: Devices = {}) => ({
  record: { ...instanceRecord("00000001", "web", 1), type: "virtual-machine" as const },
  config,
  devices: { root, eth0, ...devices },
});

describe("templateRefusal", () => {
  it.each<[string, Config, Devices]>([
    ["an ordinary machine", {}, {}],
    [
      "limits, and keys that the guest does not see",
      { "limits.memory": "2GiB", "user.a": "b", "boot.autostart": "true" },
      {},
    ],
    ["data for cloud-init", { "cloud-init.user-data": "#cloud-config" }, {}],
    ["BIOS", { "security.csm": "true" }, {}],
    ["proxies and several nics", {}, { http: { type: "proxy" }, eth1: { type: "nic", network: "other" } }],
  ])("lets %s fork", (_, config, devices) => {
    expect(templateRefusal(vm(config, devices))).toBeUndefined();
  });

  it.each<[RegExp, Config, Devices]>([
    [/raw\.qemu/, { "raw.qemu": "-device x" }, {}],
    [/Secure Boot/, { "security.secureboot": "true" }, {}],
    [/huge pages/, { "limits.memory.hugepages": "true" }, {}],
    [/UEFI/, { "security.csm": "false" }, {}],
    [/256MiB/, { "limits.memory": "128MiB" }, {}],
    [/network configuration/, { "cloud-init.network-config": "version: 2" }, {}],
    [/Linux/, { "image.os": "Windows" }, {}],
    [/"data" is a disk/, {}, { data: { type: "disk", source: "/srv", path: "/data" } }],
    [/"tpm" is a tpm/, {}, { tpm: { type: "tpm" } }],
    [/"gpu" is a gpu/, {}, { gpu: { type: "gpu" } }],
    [/"eth0" is on no network/, {}, { eth0: { type: "nic", nictype: "macvlan", parent: "eno1" } }],
    [/"eth0" has a boot\.priority/, {}, { eth0: { ...eth0, "boot.priority": "1" } }],
  ])("boots what has %s", (reason, config, devices) => {
    expect(templateRefusal(vm(config, devices))).toMatch(reason);
  });

  it("boots containers, and what has no image", () => {
    expect(templateRefusal({ ...vm(), record: instanceRecord("00000001", "web", 1) })).toMatch(/container/);
    const { fingerprint: _none, ...record } = vm().record;
    expect(templateRefusal({ ...vm(), record })).toMatch(/no image/);
  });
});

const room = { cpus: 4, memory: 2 ** 33 };

describe("templateShape", () => {
  const key = (...of: Parameters<typeof vm>) => shapeKey(templateShape(vm(...of), "qemu 7.2", room));
  it("is the same for what forks from one template", () => {
    const same = key(
      { "user.a": "b", "limits.cpu": "4", "limits.memory": "2GiB" },
      { eth0: { type: "nic", network: "other" }, http: { type: "proxy" } },
    );
    expect(same).toBe(key());
  });

  it.each<[Config, Devices]>([
    [{ "limits.cpu.model": "Nehalem" }, {}],
    [{}, { eth1: eth0 }],
    [{}, { eth0: { ...eth0, model: "e1000" } }],
    [{}, { root: { ...root, size: "20GiB" } }],
    [{}, { root: { ...root, "io.bus": "virtio-scsi" } }],
  ])("is another for %j %j", (config, devices) => {
    expect(key(config, devices)).not.toBe(key());
  });

  it("is another for another tool, project, image and pool", () => {
    const shape = templateShape(vm(), "qemu 7.2", room);
    for (const other of [
      { tool: "qemu 9" },
      { room: { ...room, cpus: 8 } },
      { project: "b" },
      { fingerprint: "f" },
      { pool: "fast" },
    ])
      expect(shapeKey({ ...shape, ...other })).not.toBe(shapeKey(shape));
  });

  it("says what its own machine has", () => {
    expect(shapeDevices(templateShape(vm({}, { http: { type: "proxy" } }), "", room))).toEqual({
      root,
      eth0: { type: "nic", network: "lodgebr0" },
    });
  });
});
