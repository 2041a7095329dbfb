/** Where everything lies in a backup: LXD's names. Those of the state of a machine and of the checksum are Lodge's own; LXD passes them over. */
import type { BackupIndex } from "@lodge/api";
import type { BackupKind } from "@lodge/core";

export const indexName = "backup/index.yaml";
/** What LXD says there of the streams that follow. */
export const streamsName = "backup/optimized_header.yaml";
export const checksumName = "backup/lodge-checksum";

export function kindOf(index: BackupIndex): BackupKind {
  if (index.type === "container" && index.optimized) return "container-streams";
  if (index.type !== "custom") return index.type;
  if (index.volume.content_type !== "filesystem") return "disk-volume";
  return index.optimized ? "volume-streams" : "directory-volume";
}

interface Names {
  readonly now: string;
  readonly snapshots: string;
  /** What a state that is one file is; by how its name ends. Missing: it is a directory. */
  readonly files?: Readonly<Record<string, Found["what"]>>;
}

const disks = { ".img": "disk", ".changes": "changes" } as const;
const streams = { ".bin": "stream" } as const;

const names: Readonly<Record<BackupKind, Names>> = {
  container: { now: "container", snapshots: "snapshots" },
  "container-streams": { now: "container", snapshots: "snapshots", files: streams },
  "virtual-machine": { now: "virtual-machine", snapshots: "virtual-machine-snapshots", files: disks },
  "directory-volume": { now: "volume", snapshots: "volume-snapshots" },
  "volume-streams": { now: "volume", snapshots: "volume-snapshots", files: streams },
  "disk-volume": { now: "volume", snapshots: "volume-snapshots", files: disks },
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
  /** Of a state that is a stream. */
  readonly stream: string;
}

export function placeOf(kind: BackupKind, snapshot: string | undefined): StatePlace {
  const { now, snapshots } = names[kind];
  const directory = snapshot === undefined ? `backup/${now}` : `backup/${snapshots}/${snapshot}`;
  const rootfs = kind === "container" ? `${directory}/rootfs` : directory;
  const [disk, changes, stream] = [".img", ".changes", ".bin"].map((ending) => `${directory}${ending}`) as [
    string,
    string,
    string,
  ];
  return { directory, rootfs, disk, changes, stream, state: `${directory}/state` };
}

/** What an entry is of. */
export interface Found {
  /** Missing: the instance itself. */
  readonly snapshot?: string;
  readonly what: "rootfs" | "disk" | "changes" | "stream" | "state" | "other";
  /** Below what it is of; empty for that itself. */
  readonly path: string;
}

/** `name`: without `./` and slashes at its end. Undefined for what is of no state: the index, folders above, what other programs add. */
export function findPlace(kind: BackupKind, name: string): Found | undefined {
  const { now, snapshots, files = {} } = names[kind];
  const [top, first = "", ...rest] = name.split("/");
  if (top !== "backup") return undefined;
  const file = rest.length === 0 ? stateFile(files, first) : undefined;
  if (file?.name === now) return { what: file.what, path: "" };
  if (first === now) return inState(kind, rest);
  const [second = "", ...deeper] = rest;
  if (first !== snapshots || second === "") return undefined;
  const kept = deeper.length === 0 ? stateFile(files, second) : undefined;
  if (kept) return { snapshot: kept.name, what: kept.what, path: "" };
  return { snapshot: second, ...inState(kind, deeper) };
}

function stateFile(
  files: NonNullable<Names["files"]>,
  file: string,
): { readonly name: string; readonly what: Found["what"] } | undefined {
  for (const [ending, what] of Object.entries(files))
    if (file.endsWith(ending)) return { name: file.slice(0, -ending.length), what };
  return undefined;
}

function inState(kind: BackupKind, path: readonly string[]): Omit<Found, "snapshot"> {
  if (kind === "directory-volume") return { what: "rootfs", path: path.join("/") };
  const [first, ...rest] = path;
  const isInstance = kind === "container" || kind === "virtual-machine";
  const what = isInstance && (first === "rootfs" || first === "state") ? first : "other";
  return { what, path: rest.join("/") };
}
