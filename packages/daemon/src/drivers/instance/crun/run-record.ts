import { readFile, rename, writeFile } from "node:fs/promises";
import type { ProcessIdentity } from "../../../system/process.ts";

/** What the next daemon must know of a run that the host does not tell. Its file says that the run has begun. */
export interface RunRecord {
  readonly init: ProcessIdentity;
  readonly monitor: ProcessIdentity;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly privileged: boolean;
  /** Host id of the container's id 0. */
  readonly idBase: number;
  /** File system of what its /proc has of its own, see proc-view. */
  readonly procView?: string;
}

/** Undefined when there is none, or none that can be read: then the run is half-made. */
export async function readRecord(path: string): Promise<RunRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as RunRecord;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
export async function writeRecord(path: string, record: RunRecord): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
