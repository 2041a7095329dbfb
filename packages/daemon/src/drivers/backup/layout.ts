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
  /** What a VM keeps beside its disk. */
  readonly state: string;
}

export function placeOf(type: InstanceType, snapshot: string | undefined): StatePlace {
  const directory = snapshot === undefined ? `backup/${type}` : `backup/${snapshotFolder[type]}/${snapshot}`;
  return { directory, rootfs: `${directory}/rootfs`, disk: `${directory}.img`, state: `${directory}/state` };
}

const snapshotFolder: Readonly<Record<InstanceType, string>> = {
  container: "snapshots",
  "virtual-machine": "virtual-machine-snapshots",
};

/** What an entry is of. */
export interface Found {
  /** Missing: the instance itself. */
  readonly snapshot?: string;
  readonly what: "rootfs" | "disk" | "state" | "other";
  /** Below what it is of; empty for that itself. */
  readonly path: string;
}

/** `name`: without `./` and slashes at its end. Undefined for what is of no state: the index, folders above, what other programs add. */
export function findPlace(type: InstanceType, name: string): Found | undefined {
  const [top, first = "", ...rest] = name.split("/");
  if (top !== "backup") return undefined;
  if (type === "virtual-machine" && first === `${type}.img` && rest.length === 0) return { what: "disk", path: "" };
  if (first === type) return inState(rest);
  const [second = "", ...deeper] = rest;
  if (first !== snapshotFolder[type] || second === "") return undefined;
  if (type === "virtual-machine" && deeper.length === 0 && second.endsWith(".img"))
    return { snapshot: second.slice(0, -4), what: "disk", path: "" };
  return { snapshot: second, ...inState(deeper) };
}

function inState([first, ...rest]: readonly string[]): Omit<Found, "snapshot"> {
  const what = first === "rootfs" || first === "state" ? first : "other";
  return { what, path: rest.join("/") };
}
