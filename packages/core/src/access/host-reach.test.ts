import { expect, it } from "vitest";
import { type Asked, hostReach } from "./host-reach.ts";

const disk = (settings: object): Asked => ({ devices: { d: { type: "disk", ...settings } } });
const nic = (settings: object): Asked => ({ devices: { eth0: { type: "nic", ...settings } } });

it.each<[Asked]>([
  [{}],
  [{ config: null, devices: null }],
  [{ config: { "limits.memory": "1GiB", "security.privileged": "false", "user.a": "b", "raw.qemu": "" } }],
  [disk({ path: "/", pool: "default" })],
  [disk({ path: "/data", pool: "default", source: "data" })],
  [disk({ source: "cloud-init:config" })],
  [nic({ network: "lodgebr0", "security.mac_filtering": "true" })],
  [{ devices: { eth0: { type: "none" }, tpm: { type: "tpm" } } }],
])("%j stays among instances", (asked) => {
  expect(hostReach(asked)).toBeUndefined();
});

it.each<[Asked, string]>([
  [{ config: { "security.privileged": "true" } }, "security.privileged=true"],
  [{ config: { "security.privileged": "1" } }, "security.privileged=1"],
  [{ config: { "security.nesting": true } }, "security.nesting=true"],
  [{ config: { "raw.qemu": "-monitor stdio" } }, "raw.qemu=-monitor stdio"],
  [disk({ path: "/mnt", source: "/" }), "device d (source=/)"],
  [disk({ path: "/mnt", source: "/", pool: "" }), "device d (source=/)"],
  [nic({ nictype: "macvlan", parent: "eth0" }), "device eth0 (nictype=macvlan)"],
  [nic({ network: "lodgebr0", "security.mac_filtering": "false" }), "device eth0 (security.mac_filtering=false)"],
  [{ devices: { p: { type: "proxy", listen: "tcp:0.0.0.0:80" } } }, "device p (type=proxy)"],
  [{ devices: { u: { type: "unix-block", path: "/dev/sda" } } }, "device u (type=unix-block)"],
  [{ devices: { x: { source: "/" } } }, "device x (type=undefined)"],
])("%j reaches the host", (asked, what) => {
  expect(hostReach(asked)).toBe(what);
});
