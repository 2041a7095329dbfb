import type { Config, Devices } from "@lodge/api";
import { expect, it } from "vitest";
import { blockedBy, type RestrictedInstance, violationOf } from "./restrictions.ts";

const root = { type: "disk", path: "/", pool: "default" };
const nic = { type: "nic", network: "lodgebr0" };
const host = { type: "disk", source: "/srv/data", path: "/data" };

const container = (config: Config, devices: Devices = {}): RestrictedInstance => ({
  ...{ type: "container", config, devices: { root, ...devices } },
});
const machine = (config: Config): RestrictedInstance => ({ type: "virtual-machine", config, devices: { root } });

it.each<[string, Config, RestrictedInstance]>([
  ["not restricted", {}, container({ "security.privileged": "true" }, { host })],
  ["an ordinary one", {}, container({ "security.nesting": "false", "limits.cpu": "1", "raw.qemu": "" }, { nic })],
  ["a volume", {}, container({}, { data: { type: "disk", pool: "default", source: "data", path: "/data" } })],
  ["a TPM and what is taken away", {}, container({}, { tpm: { type: "tpm" }, eth0: { type: "none" } })],
  [
    "cloud-init's disk",
    { "restricted.devices.disk": "block" },
    container({}, { seed: { type: "disk", source: "cloud-init:config" } }),
  ],
  ["nesting", { "restricted.containers.nesting": "allow" }, container({ "security.nesting": "true" })],
  ["privilege", { "restricted.containers.privilege": "allow" }, container({ "security.privileged": "true" })],
  ["low level of VMs", { "restricted.virtual-machines.lowlevel": "allow" }, machine({ "raw.qemu": "-x" })],
  ["any disk", { "restricted.devices.disk": "allow" }, container({}, { host })],
  [
    "this disk",
    { "restricted.devices.disk": "allow", "restricted.devices.disk.paths": "/x,/srv/data" },
    container({}, { host }),
  ],
  [
    "any nic",
    { "restricted.devices.nic": "allow" },
    container({}, { nic: { type: "nic", nictype: "macvlan", parent: "eth0" } }),
  ],
  ["this network", { "restricted.networks.access": "lodgebr0" }, container({}, { nic })],
  ["a GPU", { "restricted.devices.gpu": "allow" }, container({}, { gpu0: { type: "gpu" } })],
])("is allowed: %s", (what, config, instance) => {
  const project = what === "not restricted" ? config : { restricted: "true", ...config };
  expect(violationOf(project, instance)).toBeUndefined();
});

it.each<[string, Config, RestrictedInstance]>([
  ["restricted.containers.nesting", {}, container({ "security.nesting": "true" })],
  ["restricted.containers.privilege", {}, container({ "security.privileged": "1" })],
  [
    "restricted.containers.privilege",
    { "restricted.containers.privilege": "isolated" },
    container({ "security.privileged": "true" }),
  ],
  ["restricted.containers.lowlevel", {}, container({ "boot.host_shutdown_timeout": "5" })],
  [
    "restricted.virtual-machines.lowlevel",
    { "restricted.containers.lowlevel": "allow" },
    machine({ "raw.qemu": "-x" }),
  ],
  ["restricted.devices.disk", {}, container({}, { host })],
  [
    "restricted.devices.disk",
    { "restricted.devices.disk": "block" },
    container({}, { data: { type: "disk", pool: "default", source: "data", path: "/d" } }),
  ],
  [
    "restricted.devices.disk.paths",
    { "restricted.devices.disk": "allow", "restricted.devices.disk.paths": "/srv" },
    container({}, { host }),
  ],
  ["restricted.devices.nic", { "restricted.devices.nic": "block" }, container({}, { nic })],
  ["restricted.devices.nic", {}, container({}, { nic: { type: "nic", nictype: "macvlan", parent: "eth0" } })],
  ["restricted.devices.nic", {}, container({}, { nic: { ...nic, parent: "eth0" } })],
  ["restricted.devices.nic", {}, container({}, { nic: { ...nic, "security.mac_filtering": "false" } })],
  ["restricted.networks.access", { "restricted.networks.access": "other" }, container({}, { nic })],
  ["restricted.devices.proxy", {}, container({}, { web: { type: "proxy", listen: "tcp:0.0.0.0:80" } })],
  ["restricted.devices.unix-char", {}, container({}, { tty: { type: "unix-char", path: "/dev/tty0" } })],
  ["restricted.devices.usb", {}, container({}, { stick: { type: "usb" } })],
  ["restricted.devices.pci", {}, container({}, { card: { type: "pci" } })],
  ["restricted.devices.unheard-of", {}, container({}, { x: { type: "unheard-of" } })],
])("is not allowed by %s", (key, config, instance) => {
  expect(violationOf({ restricted: "true", ...config }, instance)).toMatchObject({ key });
});

it("snapshots and backups are blocked unless they are allowed", () => {
  expect(blockedBy({}, "restricted.snapshots")).toBe(false);
  expect(blockedBy({ restricted: "true" }, "restricted.backups")).toBe(true);
  expect(blockedBy({ restricted: "true", "restricted.backups": "allow" }, "restricted.backups")).toBe(false);
});
