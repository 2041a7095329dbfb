/** What may be asked of the backups of instances and of volumes. */

import type { Readable } from "node:stream";
import type { BackupCreate, BackupPost } from "@lodge/api";
import type { RunningOperation } from "../operations/operation.ts";

/** Of instances, or of custom volumes. `Name`: what users call what the backups are of; `Shown`: a backup as the wire shows it. */
export interface BackupService<Name, Shown> {
  /** The oldest first. */
  list(of: Name): Promise<Shown[]>;
  get(of: Name, backup: string): Promise<Shown>;
  /** Puts by what is needed for a backup of it as it is now: what is fetched later is made then. */
  create(of: Name, request: BackupCreate): Promise<RunningOperation>;
  rename(of: Name, backup: string, request: BackupPost): Promise<RunningOperation>;
  delete(of: Name, backup: string): Promise<RunningOperation>;
  /** The stream of one that is kept. Destroyed, or read to its end, it leaves nothing open. */
  fetch(of: Name, backup: string): Promise<Readable>;
  /** The stream of one that is not. */
  stream(of: Name, request: BackupCreate): Promise<Readable>;
}
