/**
 * What on the host belongs to an instance that does not exist, or to a run that is over. Every trace of an instance
 * carries its id, the first eight digits of its UUID.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { InstanceFull } from "@lodge/api";
import { tagOf } from "../../scripts/setup/places.mjs";
import { mustRun } from "./command.ts";

/** One line for each. */
export async function findOrphans(directory: string, present: readonly InstanceFull[]): Promise<string[]> {
  const all = new Set(present.map(idOf));
  const running = new Set(present.filter(({ status }) => status !== "Stopped").map(idOf));
  return [
    ...strangers(idsIn(join(directory, "instances")), all, "directory instances"),
    ...strangers(idsIn(join(directory, "pools", "default", "roots")), all, "root file system"),
    ...orphanedLayers(join(directory, "pools", "default")),
    ...strangers(cgroupIds(directory), running, "control group"),
    ...strangers(processIds(directory), running, "process"),
    ...strangers(await interfaceIds(directory), running, "interface"),
    ...entries(join(directory, "staging")).map((name) => `staging ${name}`),
  ];
}

/** Layers of disks and snapshots that no root names and nothing named stands on. */
function orphanedLayers(pool: string): string[] {
  const layers = join(pool, "layers");
  const names = entries(layers);
  const records = entries(join(pool, "roots")).map((root) => readIfThere(join(pool, "roots", root, "root.json")));
  const needed = new Set(names.filter((name) => records.some((record) => record.includes(name))));
  for (const name of needed) {
    const below = backingFile(join(layers, name, "disk.qcow2"))
      .split("/")
      .at(-2);
    if (below !== undefined) needed.add(below);
  }
  return names.filter((name) => !needed.has(name)).map((name) => `layer ${name}`);
}

/** What the header of a qcow2 names. */
function backingFile(path: string): string {
  try {
    const head = readFileSync(path).subarray(0, 4096);
    const at = Number(head.readBigUInt64BE(8));
    return head.subarray(at, at + head.readUInt32BE(16)).toString();
  } catch {
    return "";
  }
}

const idOf = (instance: InstanceFull) => (instance.config["volatile.uuid"] ?? "").slice(0, 8);
const id = /(?<![0-9a-f])[0-9a-f]{8}(?![0-9a-f])/g;

function strangers(found: readonly string[], known: ReadonlySet<string>, what: string): string[] {
  return [...new Set(found)].filter((each) => !known.has(each)).map((each) => `${what} of ${each}`);
}

function idsIn(directory: string): string[] {
  return entries(directory).flatMap((name) => name.match(id) ?? []);
}

function cgroupIds(directory: string): string[] {
  const top = "/sys/fs/cgroup";
  const places = [top, ...readdirSync(top).map((name) => join(top, name))];
  return places.flatMap((place) => idsIn(join(place, `lodge-${tagOf(directory)}`)));
}

/** Ids that processes name next to this LODGE_DIR. */
function processIds(directory: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const command = readIfThere(`/proc/${pid}/cmdline`);
      // Not any eight digits: a kernel's command line names partitions by UUIDs.
      return [...command.matchAll(new RegExp(`${directory}/run/([0-9a-f]{8})\\b`, "g"))].map((match) => match[1] ?? "");
    });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function interfaceIds(directory: string): Promise<string[]> {
  // The fabric's namespace is pinned by a mount that only the daemon's mount namespace has.
  const pinned = join(directory, "ns");
  const enter = [`--mount=${pinned}/mnt`, "nsenter", `--net=${pinned}/net`];
  const links = await mustRun("nsenter", [...enter, "ip", "-o", "link", "show"]);
  return [...links.matchAll(/\bnic([0-9a-f]{8})[0-7]\b/g)].map((match) => match[1] ?? "");
}

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}
