import { type Config, LodgeError, nextName, patternAt, snapshotNameSchema } from "@lodge/api";
import type { InstanceRecord } from "../store.ts";

const usualPattern = "snap%d";

/** Of a nameless snapshot that is made now: after the instance's `snapshots.pattern`. */
export function nextSnapshotName(config: Config, taken: readonly string[], now: Date): string {
  const pattern = config["snapshots.pattern"] || usualPattern;
  return nextName(patternAt(pattern, now) ?? usualPattern, taken);
}

/** Whose snapshots they are, in the words of messages. */
export interface SnapshotOwner {
  /** At the beginning of a sentence: `Instance "web"`. */
  readonly words: string;
  /** How one of them is deleted. */
  readonly deletion: string;
}

export const instanceOwner = ({ name }: InstanceRecord): SnapshotOwner => ({
  words: `Instance "${name}"`,
  deletion: `lodge snapshot delete ${name} SNAPSHOT`,
});

/** Refuses a name that is none, or another snapshot's. */
export function checkSnapshotName(
  { words, deletion }: SnapshotOwner,
  name: string,
  others: readonly { readonly name: string }[],
): void {
  const parsed = snapshotNameSchema.safeParse(name);
  if (!parsed.success) {
    throw new LodgeError({
      code: "snapshot_name_invalid",
      message: `${words}: the snapshot name "${name}" ${parsed.error.issues[0]?.message ?? "is invalid"}.`,
    });
  }
  if (others.some((other) => other.name === name)) {
    throw new LodgeError({
      code: "snapshot_exists",
      message: `${words} has a snapshot "${name}" already; choose another name, or delete it ("${deletion.replace("SNAPSHOT", name)}").`,
    });
  }
}

/** Takes `INSTANCE/SNAPSHOT` apart; without a slash it names an instance as it is. */
export function parseSource(source: string): { readonly instance: string; readonly snapshot?: string } {
  const at = source.indexOf("/");
  return at < 0 ? { instance: source } : { instance: source.slice(0, at), snapshot: source.slice(at + 1) };
}

/** The snapshot that a restore of this instance means: clients write `SNAPSHOT` or `INSTANCE/SNAPSHOT`. */
export function restoredSnapshot(owner: InstanceRecord, restore: string): string {
  const { instance, snapshot } = parseSource(restore);
  if (snapshot === undefined) return restore;
  if (instance === owner.name) return snapshot;
  throw new LodgeError({
    code: "request_invalid",
    message: `Instance "${owner.name}" cannot be restored from "${restore}", which is another instance's; "lodge copy ${restore} NAME" makes a new one of it.`,
  });
}
