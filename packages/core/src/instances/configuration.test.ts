import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProfileRecord } from "../store.ts";
import { asRefreshed, checkConfig, expandConfig, expandDevices, withOwnVolatile } from "./configuration.ts";

const host = { cpus: 4, memory: 8 * 2 ** 30 };
const profile = (config: Record<string, string>, devices = {}): ProfileRecord => ({
  name: "p",
  project: "default",
  description: "",
  config,
  devices,
});

describe("checkConfig", () => {
  it.each([
    ["limits.memory", "512MiB"],
    ["limits.cpu", "4"],
    ["environment.LANG", "C.UTF-8"],
    ["user.note", "anything at all"],
    ["limits.memory", ""],
    ["limits.memory", "100%"],
    ["limits.cpu", "0-3"],
    ["limits.cpu", "3-3"],
    ["limits.cpu.allowance", "200%"],
    ["limits.cpu.allowance", "25ms/100ms"],
    ["limits.memory.swap", "false"],
    ["limits.memory.swap", "1GiB"],
    ["limits.hugepages.2MB", "0"],
  ])("takes %s=%s", (key, value) => {
    expect(() => checkConfig("instance web", "container", { [key]: value }, host)).not.toThrow();
  });

  it.each([
    ["limits.memroy", "1GiB", /Unknown configuration key "limits.memroy" on instance web/],
    ["limits.memory", "lots", /must be a size/],
    ["limits.memory", "101%", /must be a size .* or a percentage/],
    ["limits.memory", "16GiB", /more than the host's 8192 MiB/],
    ["limits.cpu", "5", /more than the host's 4 CPUs/],
    ["limits.cpu", "3-4,9", /names CPU 4,9, which the host does not have: it has 0-3/],
    ["limits.cpu", "0", /must be a number of CPUs from 1/],
    ["limits.cpu.allowance", "half", /must be a percentage/],
    ["limits.cpu.burst", "20", /must be milliseconds of CPU time such as 20ms/],
    ["limits.cpu.priority", "11", /from 0 to 10/],
    ["limits.memory.min", "9GiB", /more than the host's 8192 MiB/],
    ["limits.memory.swap", "some", /must be true, false or a size/],
    ["security.privileged", "maybe", /must be true or false/],
    ["environment.", "x", /Unknown/],
  ])("refuses %s=%s", (key, value, message) => {
    expect(() => checkConfig("instance web", "container", { [key]: value }, host)).toThrow(message);
  });

  it("refuses a guarantee above the limit", () => {
    const config = { "limits.memory": "25%", "limits.memory.min": "3GiB" };
    expect(() => checkConfig("instance web", "container", config, host)).toThrow(
      "limits.memory.min=3GiB on instance web is more than its limits.memory=25%",
    );
  });

  it("refuses a container's key on a VM", () => {
    expect(() => checkConfig("instance db", "virtual-machine", { "limits.processes": "10" }, host)).toThrow(
      /is a virtual-machine/,
    );
  });

  it("never throws anything but a LodgeError", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (config) => {
        try {
          checkConfig("instance x", "container", config, host);
        } catch (error) {
          expect((error as Error).name).toBe("LodgeError");
        }
      }),
    );
  });
});

it("expands profiles in order, the instance last; the empty string and type none take away", () => {
  const profiles = [
    profile({ a: "1", b: "1" }, { eth0: { type: "nic" }, root: { type: "disk" } }),
    profile({ b: "2", c: "2" }),
  ];
  expect(expandConfig(profiles, { c: "3", a: "" })).toEqual({ b: "2", c: "3" });
  expect(expandDevices(profiles, { eth0: { type: "none" } })).toEqual({ root: { type: "disk" } });
});

describe("the daemon's volatile keys", () => {
  const record = { "volatile.uuid": "real", "limits.cpu": "1" };
  const otherUuid = "0dcd3dd6-9d64-4b9b-8ac4-3a5e4a3e7a11";
  const refreshed = asRefreshed(record, otherUuid);

  it.each([
    ["sent back", { "limits.cpu": "2", "volatile.uuid": "real" }],
    ["left out", { "limits.cpu": "2" }],
  ])("are kept when they are %s", (_how, requested) =>
    expect(withOwnVolatile("instance web", requested, record)).toEqual({
      "limits.cpu": "2",
      "volatile.uuid": "real",
    }),
  );

  it("are left aside of the configuration of what it was refreshed from, and of no other", () => {
    const sent = { "limits.cpu": "2", "volatile.uuid": otherUuid, "volatile.eth0.hwaddr": "00:16:3e:1:2:3" };
    expect(withOwnVolatile("instance web", sent, refreshed)).toEqual({ ...refreshed, "limits.cpu": "2" });
    expect(() => withOwnVolatile("instance web", sent, record)).toThrow("volatile.uuid");
    expect(asRefreshed(refreshed, "no UUID")).toEqual(record);
  });

  it.each([
    ["changed", { "volatile.uuid": "forged" }],
    ["added", { "volatile.x": "new" }],
    ["emptied", { "volatile.uuid": "" }],
  ])("cannot be %s", (_how, requested) =>
    expect(() => withOwnVolatile("instance web", requested, record)).toThrow(
      expect.objectContaining({ code: "config_key_readonly", message: expect.stringContaining("volatile.") }),
    ),
  );
});

describe("keys that go past Lodge", () => {
  const raw = { "raw.qemu": "-device intel-hda" };
  const check = (allowed: boolean, config = raw) =>
    checkConfig("instance m", "virtual-machine", config, { cpus: 1, memory: 2 ** 30, raw: allowed });

  it("need the permission of whoever started the daemon", () => {
    expect(() => check(false)).toThrow("LODGE_ALLOW_RAW=1");
    expect(() => check(true)).not.toThrow();
  });

  it("never take QEMU out of its sandbox", () => {
    expect(() => check(true, { "raw.qemu": "-sandbox off" })).toThrow("-sandbox");
  });
});
