/** Snapshots, restores, copies and removals on one pool without an end, for a test that kills the process. */
import { writeSync } from "node:fs";
import type { IdRange, InstanceId, PoolDriver, RootRequest, SnapshotId } from "@lodge/core";
import { writeLetter } from "./pool-host.ts";

/** `kept`: SNAPSHOT holds LETTER. `leaving`: SNAPSHOT may go. `writing`: the root may hold LETTER from now on. */
export interface LoadStep {
  readonly step: "writing" | "keeping" | "kept" | "leaving";
  readonly snapshot?: SnapshotId;
  readonly letter?: string;
}

const root = "00000001" as InstanceId;
const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
const letters = "abcdefghijklmnopqrstuvwxyz";

/** Prints a line before and after each step, from which the test knows what may be there. */
export async function snapshotLoad(pool: PoolDriver, type: string, fingerprint: string): Promise<never> {
  const request = { id: root, type, fingerprint } as RootRequest;
  const kept = new Map<SnapshotId, string>();
  // Not through a stream: a line is out before the step that it tells of begins.
  const tell = (step: LoadStep) => void writeSync(1, `${JSON.stringify(step)}\n`);

  for (let round = 0; ; round++) {
    const letter = letters[round % letters.length] ?? "a";
    tell({ step: "writing", letter });
    await writeLetter(await pool.prepareRoot(request, ids), letter);
    await pool.settleRoot(root);
    const snapshot = round.toString(16).padStart(8, "0") as SnapshotId;
    tell({ step: "keeping", snapshot, letter });
    await pool.snapshots.create({ root, snapshot });
    kept.set(snapshot, letter);
    tell({ step: "kept", snapshot, letter });
    const [oldest, next] = kept;
    if (kept.size > 2 && oldest && next) {
      tell({ step: "writing", letter: next[1] });
      await pool.snapshots.restore(request, next[0]);
      tell({ step: "leaving", snapshot: oldest[0] });
      await pool.snapshots.remove({ root, snapshot: oldest[0] });
      kept.delete(oldest[0]);
      await pool.snapshots.compact?.(
        root,
        () => undefined,
        () => undefined,
        new AbortController().signal,
      );
    }
    const copy = round.toString(16).padStart(8, "c") as InstanceId;
    await pool.copyRoot({ from: root, snapshots: new Map([[snapshot, snapshot]]) }, { ...request, id: copy });
    await pool.removeRoot(copy);
  }
}
