import { LodgeError, snapshotNameSchema } from "@lodge/api";
import type { PoolDriver } from "../storage/pool.ts";
import type { BackupReading, BackupState } from "./archives.ts";

/** Goes through the states of a backup, the oldest first, for as much as a pool has room for. Given up when the signal is aborted. */
export async function takeStates(
  reading: BackupReading,
  pool: Pick<PoolDriver, "usage">,
  signal: AbortSignal,
  take: (state: BackupState) => Promise<void>,
): Promise<void> {
  const { total, used } = await pool.usage();
  const stop = () => void reading[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });
  for await (const state of reading.states({ bytes: Math.max(0, total - used) })) {
    signal.throwIfAborted();
    await take(state);
  }
}

export function requireSnapshotName(name: string): void {
  if (snapshotNameSchema.safeParse(name).success) return;
  throw new LodgeError({
    code: "backup_invalid",
    message: `The backup has a snapshot of the name ${JSON.stringify(name)}, which none can have here. Nothing was kept.`,
  });
}

/** The wire's zero time and what is none: undefined. */
export function timeOf(text: string | null | undefined): Date | undefined {
  const time = new Date(text ?? "");
  return time.getTime() > 0 ? time : undefined;
}
