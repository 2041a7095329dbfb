/** Where everything lies in a backup: LXD's names. Those of the state of a machine and of the checksum are Lodge's own; LXD passes them over. */
import type { BackupIndex } from "@lodge/api";
import type { BackupKind } from "@lodge/core";

export const indexName = "backup/index.yaml";
export const checksumName = "backup/lodge-checksum";

export function kindOf(index: BackupIndex): BackupKind {
  if (index.type !== "custom") return index.type;
  return index.volume.content_type === "filesystem" ? "directory-volume" : "disk-volume";
}

interface Names {
  readonly now: string;
  readonly snapshots: string;
  /** Whether a state is a disk, and not files. */
  readonly disk: boolean;
}

const names: Readonly<Record<BackupKind, Names>> = {
  container: { now: "container", snapshots: "snapshots", disk: false },
  "virtual-machine": { now: "virtual-machine", snapshots: "virtual-machine-snapshots", disk: true },
  "directory-volume": { now: "volume", snapshots: "volume-snapshots", disk: false },
  "disk-volume": { now: "volume", snapshots: "volume-snapshots", disk: true },
};

/** Of one state, an instance's or that of one of its snapshots. */
export interface StatePlace {
  /** Its directory. */
  readonly directory: string;
  /** Files: a container's lie beside what LXD keeps with it. */
  readonly rootfs: string;
  readonly disk: string;
  /** In what a VM's disk differs from the state before: an increment's, which others than Lodge do not find a disk in. */
  readonly changes: string;
  /** What a VM keeps beside its disk. */
  readonly state: string;
}

export function placeOf(kind: BackupKind, snapshot: string | undefined): StatePlace {
  const { now, snapshots } = names[kind];
  const directory = snapshot === undefined ? `backup/${now}` : `backup/${snapshots}/${snapshot}`;
  const rootfs = kind === "container" ? `${directory}/rootfs` : directory;
  return { directory, rootfs, disk: `${directory}.img`, changes: `${directory}.changes`, state: `${directory}/state` };
}

/** What an entry is of. */
export interface Found {
  /** Missing: the instance itself. */
  readonly snapshot?: string;
  readonly what: "rootfs" | "disk" | "changes" | "state" | "other";
  /** Below what it is of; empty for that itself. */
  readonly path: string;
}

/** `name`: without `./` and slashes at its end. Undefined for what is of no state: the index, folders above, what other programs add. */
export function findPlace(kind: BackupKind, name: string): Found | undefined {
  const { now, snapshots, disk } = names[kind];
  const [top, first = "", ...rest] = name.split("/");
  if (top !== "backup") return undefined;
  const file = disk && rest.length === 0 ? diskFile(first) : undefined;
  if (file?.name === now) return { what: file.what, path: "" };
  if (first === now) return inState(kind, rest);
  const [second = "", ...deeper] = rest;
  if (first !== snapshots || second === "") return undefined;
  const kept = disk && deeper.length === 0 ? diskFile(second) : undefined;
  if (kept) return { snapshot: kept.name, what: kept.what, path: "" };
  return { snapshot: second, ...inState(kind, deeper) };
}

function diskFile(file: string): { readonly name: string; readonly what: "disk" | "changes" } | undefined {
  if (file.endsWith(".img")) return { name: file.slice(0, -4), what: "disk" };
  return file.endsWith(".changes") ? { name: file.slice(0, -8), what: "changes" } : undefined;
}

function inState(kind: BackupKind, path: readonly string[]): Omit<Found, "snapshot"> {
  if (kind === "directory-volume") return { what: "rootfs", path: path.join("/") };
  const [first, ...rest] = path;
  const what = kind !== "disk-volume" && (first === "rootfs" || first === "state") ? first : "other";
  return { what, path: rest.join("/") };
}
