/** Things of the API as they are shown, for tests of the edge. */

import { randomBytes } from "node:crypto";
import {
  hostSeries,
  type Image,
  type Instance,
  type InstanceBackup,
  type InstanceSnapshot,
  type InstanceState,
  instanceSeries,
  zeroTime,
} from "@lodge/api";

export function fakeInstance(name: string, change: Partial<Instance> = {}): Instance {
  return {
    name,
    type: "container",
    description: "",
    architecture: "x86_64",
    config: {},
    devices: {},
    profiles: ["default"],
    expanded_config: {},
    expanded_devices: {},
    ephemeral: false,
    stateful: false,
    created_at: "2024-01-02T03:04:05Z",
    last_used_at: zeroTime,
    status: "Running",
    status_code: 103,
    location: "none",
    project: "default",
    ...change,
  };
}

export function fakeSnapshot(name: string): InstanceSnapshot {
  const { config, devices, profiles, expanded_config, expanded_devices, ephemeral } = fakeInstance("");
  return {
    ...{ name, description: "", architecture: "x86_64", config, devices, profiles, expanded_config, expanded_devices },
    ...{ ephemeral, stateful: false, size: 4096 },
    ...{ created_at: "2024-01-02T03:04:05Z", last_used_at: zeroTime, expires_at: zeroTime },
  };
}

export function fakeImage(fingerprint: string): Image {
  return {
    fingerprint,
    type: "container",
    aliases: [],
    architecture: "x86_64",
    auto_update: false,
    cached: false,
    filename: "image.tar.xz",
    profiles: ["default"],
    properties: { os: "Debian" },
    public: false,
    size: 42,
    created_at: "2024-01-02T03:04:05Z",
    expires_at: zeroTime,
    last_used_at: zeroTime,
    uploaded_at: "2024-01-02T03:04:05Z",
  };
}

export const fakeBackup: InstanceBackup = {
  name: "backup0",
  created_at: "2024-01-02T03:04:05Z",
  expires_at: zeroTime,
  instance_only: false,
  container_only: false,
  optimized_storage: false,
};

export const fakeNetwork = {
  name: "lodgebr0",
  description: "",
  config: { "ipv4.address": "10.0.0.1/24" },
  forwards: [],
};
export const fakePool = {
  name: "default",
  description: "",
  driver: "dir",
  status: "Created",
  config: {},
  used_by: [],
  locations: ["none"],
};
export const fakeProfile = {
  name: "default",
  description: "",
  config: { "user.a": "1" },
  devices: {},
  used_by: [],
  project: "default",
};
export const fakeProject = { name: "default", description: "", config: {}, used_by: [] };

export function fakeState(instance: Instance): InstanceState {
  return {
    status: instance.status,
    status_code: instance.status_code,
    pid: 1,
    processes: 1,
    cpu: { usage: 0 },
    memory: { usage: 0, usage_peak: 0, total: 0, swap_usage: 0, swap_usage_peak: 0 },
    disk: {},
    network: {},
    started_at: zeroTime,
    ready: true,
  };
}

/** A fingerprint that no other test has. */
export const fakeFingerprint = (): string => randomBytes(32).toString("hex");

/** Pressure of a host that has no trouble. */
export const calm = { cpu: 0, memory: 0, io: null };
const flatOf = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, [null, 1]])) as Record<Name, (number | null)[]>;
/** Curves of two points. */
export const flat = flatOf(instanceSeries);
export const flatHost = flatOf(hostSeries);
