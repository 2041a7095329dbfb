/** Forwarding on the host: what is changed of its kernel parameters, how it is noted down, and how it is taken back. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readWhole } from "../../../system/durable.ts";
import { hostBootId } from "../../../system/host-boot-id.ts";
import { replaceFile } from "./reservations.ts";

/** Name (a path below /proc/sys) and value, in the order of setting. */
export type Sysctls = readonly (readonly [name: string, value: string])[];

/** Kernel parameters as they are, by name. */
export type SysctlFacts = ReadonlyMap<string, string>;

/** Families in which packets pass between instances and what is beyond the host. */
export interface OpenFamilies {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

/** Notes of earlier values, valid for the boot in which they were read. */
export interface SysctlRecord {
  readonly boot: string;
  readonly before: Sysctls;
}

const forwarding4 = "net/ipv4/ip_forward";
const forwarding6 = "net/ipv6/conf/all/forwarding";

/**
 * What has to change for packets to pass. A host that forwards IPv6 no longer listens to router advertisements, and loses the
 * default route it had from one, unless accept_ra is 2: so that comes first.
 */
export function forwardingChanges(open: OpenFamilies, facts: SysctlFacts): Sysctls {
  const changes: (readonly [string, string])[] = [];
  if (open.ipv4 && facts.get(forwarding4) === "0") changes.push([forwarding4, "1"]);
  if (open.ipv6 && facts.get(forwarding6) === "0") {
    for (const [name, value] of facts) {
      if (/^net\/ipv6\/conf\/.*\/accept_ra$/.test(name) && value === "1") changes.push([name, "2"]);
    }
    changes.push([forwarding6, "1"]);
  }
  return changes;
}

export async function readForwarding(): Promise<SysctlFacts> {
  const interfaces = await readdir("/proc/sys/net/ipv6/conf").catch(() => []);
  const names = [
    forwarding4,
    forwarding6,
    ...interfaces.filter((name) => name !== "all").map((name) => `net/ipv6/conf/${name}/accept_ra`),
  ];
  const values = await Promise.all(names.map(async (name) => [name, await readSysctl(name)] as const));
  return new Map(values.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

/** Notes the values that are there first, then changes them. */
export async function applySysctls(recordFile: string, changes: Sysctls, facts: SysctlFacts): Promise<void> {
  if (changes.length === 0) return;
  const known = (await readRecord(recordFile))?.before ?? [];
  const names = new Set(known.map(([name]) => name));
  const added = changes.filter(([name]) => !names.has(name)).map(([name]) => [name, facts.get(name) ?? ""] as const);
  const record: SysctlRecord = { boot: await hostBootId(), before: [...known, ...added] };
  await replaceFile(recordFile, JSON.stringify(record));
  for (const [name, value] of changes) await writeFile(join("/proc/sys", name), value);
}

/** Puts back what was there before, the last change first. Interfaces that are gone are passed over. */
export async function restoreSysctls(recordFile: string): Promise<void> {
  const record = await readRecord(recordFile);
  for (const [name, value] of record?.before.toReversed() ?? []) {
    if ((await readSysctl(name)) !== undefined) await writeFile(join("/proc/sys", name), value);
  }
  await rm(recordFile, { force: true });
}

/** A restart of the host has undone what was noted before it. */
async function readRecord(file: string): Promise<SysctlRecord | undefined> {
  const record = await readWhole<SysctlRecord>(file);
  return record?.boot === (await hostBootId()) ? record : undefined;
}

async function readSysctl(name: string): Promise<string | undefined> {
  return (await readFile(join("/proc/sys", name), "utf8").catch(() => undefined))?.trim();
}
