/** What devices may do in a second. Units and forms as LXD's. */
import { parseSize, type ValueCheck } from "./values.ts";

/** Bits a second of `100Mbit`, `512kbit`, plain bits; undefined when it is no rate. */
export function parseBitRate(value: string): number | undefined {
  const match = /^(\d{1,15})(?:([kMGTP]|[KMGTP]i)?bit)?$/.exec(value);
  if (!match?.[1]) return undefined;
  const bits = Number(match[1]) * (multiples[match[2] ?? ""] ?? 1);
  return Number.isSafeInteger(bits) ? bits : undefined;
}
const multiples: Readonly<Record<string, number>> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** What a disk may do in a second, in one direction. */
export interface DiskRate {
  readonly unit: "bytes" | "operations";
  /** Of the unit, in a second. */
  readonly amount: number;
}

/** Of `30MiB` (bytes) or `200iops` (reads or writes); undefined when it is neither. */
export function parseDiskRate(value: string): DiskRate | undefined {
  const operations = /^(\d{1,10})iops$/.exec(value)?.[1];
  if (operations !== undefined) return { unit: "operations", amount: Number(operations) };
  const bytes = parseSize(value);
  return bytes === undefined ? undefined : { unit: "bytes", amount: bytes };
}

/** Below, a single full packet takes a quarter of a second; above is nothing that one machine does. */
const bits = { least: 64_000, most: 1e12 };

export const bitRate: ValueCheck = (value) => {
  const rate = parseBitRate(value) ?? 0;
  return rate >= bits.least && rate <= bits.most
    ? undefined
    : "must be bits a second from 64kbit to 1Tbit, such as 100Mbit";
};

/** The kernel's and QEMU's counters end above these. */
const most = { bytes: 1e15, operations: 1e9 } as const;
const least = { bytes: 4096, operations: 1 } as const;

export const diskRate: ValueCheck = (value) => {
  const rate = parseDiskRate(value);
  return rate && rate.amount >= least[rate.unit] && rate.amount <= most[rate.unit]
    ? undefined
    : "must be bytes a second of at least 4KiB, such as 30MiB, or operations a second, such as 200iops";
};
