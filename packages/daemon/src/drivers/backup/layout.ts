/** Where everything lies in a backup: LXD's names. Those of the state of a machine and of the checksum are Lodge's own; LXD passes them over. */
import type { InstanceType } from "@lodge/api";

export const indexName = "backup/index.yaml";
export const checksumName = "backup/lodge-checksum";

/** Of one state, an instance's or that of one of its snapshots. */
export interface StatePlace {
  /** Its directory. */
  readonly directory: string;
  /** A container's files. */
  readonly rootfs: string;
  /** A VM's disk. */
  readonly disk: string;
  /** In what a VM's disk differs from the state before: an increment's, which others than Lodge do not find a disk in. */
  readonly changes: string;
  /** What a VM keeps beside its disk. */
  readonly state: string;
}

export function placeOf(type: InstanceType, snapshot: string | undefined): StatePlace {
  const directory = snapshot === undefined ? `backup/${type}` : `backup/${snapshotFolder[type]}/${snapshot}`;
  const [rootfs, state] = [`${directory}/rootfs`, `${directory}/state`];
  return { directory, rootfs, disk: `${directory}.img`, changes: `${directory}.changes`, state };
}

const snapshotFolder: Readonly<Record<InstanceType, string>> = {
  container: "snapshots",
  "virtual-machine": "virtual-machine-snapshots",
};

/** What an entry is of. */
export interface Found {
  /** Missing: the instance itself. */
  readonly snapshot?: string;
  readonly what: "rootfs" | "disk" | "changes" | "state" | "other";
  /** Below what it is of; empty for that itself. */
  readonly path: string;
}

/** `name`: without `./` and slashes at its end. Undefined for what is of no state: the index, folders above, what other programs add. */
export function findPlace(type: InstanceType, name: string): Found | undefined {
  const [top, first = "", ...rest] = name.split("/");
  if (top !== "backup") return undefined;
  const file = type === "virtual-machine" && rest.length === 0 ? diskFile(first) : undefined;
  if (file?.name === type) return { what: file.what, path: "" };
  if (first === type) return inState(rest);
  const [second = "", ...deeper] = rest;
  if (first !== snapshotFolder[type] || second === "") return undefined;
  const kept = type === "virtual-machine" && deeper.length === 0 ? diskFile(second) : undefined;
  if (kept) return { snapshot: kept.name, what: kept.what, path: "" };
  return { snapshot: second, ...inState(deeper) };
}

function diskFile(file: string): { readonly name: string; readonly what: "disk" | "changes" } | undefined {
  if (file.endsWith(".img")) return { name: file.slice(0, -4), what: "disk" };
  return file.endsWith(".changes") ? { name: file.slice(0, -8), what: "changes" } : undefined;
}

function inState([first, ...rest]: readonly string[]): Omit<Found, "snapshot"> {
  const what = first === "rootfs" || first === "state" ? first : "other";
  return { what, path: rest.join("/") };
}
