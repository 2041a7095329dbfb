/** The BPF program that says which devices a cgroup v2 group may use. */
import { closeSync, constants, openSync } from "node:fs";
import { LodgeError } from "@lodge/api/errors";
import koffi from "koffi";
import { deviceProgram } from "./device-program.ts";
import type { DeviceRule } from "./device-rules.ts";
import { declare } from "./libc.ts";

const bpf = declare<[number, number, Buffer, number]>(
  "long syscall(long number, int command, void *attributes, unsigned int size)",
);
const SYS_bpf = process.arch === "arm64" ? 280 : 321;
const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_GET_FD_BY_ID = 13;
const BPF_PROG_QUERY = 16;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
const BPF_F_ALLOW_MULTI = 2;
const BPF_F_REPLACE = 4;
/** More than a group of ours ever has. */
const mostPrograms = 64;

/**
 * Puts rules in the place of those that the container runtime set for a group (its directory): there is no moment without.
 */
export function replaceDeviceFilter(group: string, rules: readonly DeviceRule[]): void {
  const directory = openSync(group, constants.O_RDONLY | constants.O_DIRECTORY);
  const opened = [directory];
  try {
    const program = load(deviceProgram(rules));
    opened.push(program);
    const [current, ...others] = attached(directory);
    if (others.length > 0) throw unexpected(group, `${others.length + 1} programs`);
    if (current === undefined) throw unexpected(group, "no program");
    const old = bpf(SYS_bpf, BPF_PROG_GET_FD_BY_ID, words(current, 0, 0), 12);
    opened.push(old);
    const flags = BPF_F_ALLOW_MULTI | BPF_F_REPLACE;
    bpf(SYS_bpf, BPF_PROG_ATTACH, words(directory, program, BPF_CGROUP_DEVICE, flags, old), 20);
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function load(program: Buffer): number {
  const license = Buffer.from("GPL\0");
  const attributes = Buffer.alloc(48);
  attributes.writeUInt32LE(BPF_PROG_TYPE_CGROUP_DEVICE, 0);
  attributes.writeUInt32LE(program.length / 8, 4);
  attributes.writeBigUInt64LE(koffi.address(program), 8);
  attributes.writeBigUInt64LE(koffi.address(license), 16);
  return bpf(SYS_bpf, BPF_PROG_LOAD, attributes, attributes.length);
}

/** Ids of the group's own programs. */
function attached(directory: number): number[] {
  const ids = Buffer.alloc(mostPrograms * 4);
  const attributes = Buffer.alloc(32);
  attributes.writeUInt32LE(directory, 0);
  attributes.writeUInt32LE(BPF_CGROUP_DEVICE, 4);
  attributes.writeBigUInt64LE(koffi.address(ids), 16);
  attributes.writeUInt32LE(mostPrograms, 24);
  bpf(SYS_bpf, BPF_PROG_QUERY, attributes, attributes.length);
  return Array.from({ length: attributes.readUInt32LE(24) }, (_, index) => ids.readUInt32LE(index * 4));
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => void buffer.writeUInt32LE(value, index * 4));
  return buffer;
}

function unexpected(group: string, found: string): LodgeError {
  return new LodgeError({
    code: "device_plug_failed",
    message: `The devices of the control group ${group} cannot be changed: it has ${found} instead of crun's one.`,
  });
}
