import type { InstanceState } from "@lodge/api";
import { formatBytes } from "./units.ts";

/** What holds disks and nics now, a line for each that is limited. */
export function ioLimits({ disk, network }: Pick<InstanceState, "disk" | "network">): string[] {
  const disks = Object.entries(disk).flatMap(([name, { limits }]) => line(name, limits ? diskWords(limits) : []));
  const nics = Object.entries(network).flatMap(([name, { limits }]) => line(name, limits ? nicWords(limits) : []));
  return [...disks, ...nics];
}

const line = (name: string, words: readonly string[]): string[] =>
  words.length === 0 ? [] : [`${name}: ${words.join(", ")}`];

type Limits<Of extends "disk" | "network"> = NonNullable<InstanceState[Of][string]["limits"]>;

function diskWords(limits: Limits<"disk">): string[] {
  return [
    ...each("reads", limits.read_bytes, (bytes) => `${formatBytes(bytes)}/s`),
    ...each("reads", limits.read_operations, (count) => `${count} operations/s`),
    ...each("writes", limits.write_bytes, (bytes) => `${formatBytes(bytes)}/s`),
    ...each("writes", limits.write_operations, (count) => `${count} operations/s`),
  ];
}

function nicWords({ ingress, egress }: Limits<"network">): string[] {
  return [...each("receives", ingress, formatBits), ...each("sends", egress, formatBits)];
}

const each = (verb: string, value: number | undefined, format: (value: number) => string): string[] =>
  value === undefined ? [] : [`${verb} ${format(value)}`];

/** Decimal, as rates of networks are told. */
function formatBits(bits: number): string {
  const [size, unit] = bits >= 1e9 ? [1e9, "Gbit"] : bits >= 1e6 ? [1e6, "Mbit"] : [1e3, "kbit"];
  return `${Number((bits / size).toFixed(2))} ${unit}/s`;
}
