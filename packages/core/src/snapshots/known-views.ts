import type { InstanceSnapshot } from "@lodge/api";
import type { ProfileRecord, SnapshotRecord } from "../store.ts";
import { profilesOfSnapshot, renderSnapshot } from "./render.ts";

interface Known {
  /** Profiles that it had. */
  readonly applied: readonly ProfileRecord[];
  readonly shown: Readonly<InstanceSnapshot>;
}

/**
 * Snapshots as they were shown last, for lists of thousands: the store gives the same record until it is changed. What is returned is shown
 * to others, too.
 */
export class KnownSnapshotViews {
  readonly #known = new WeakMap<SnapshotRecord, Known>();

  of(record: SnapshotRecord, profiles: ReadonlyMap<string, ProfileRecord>): Readonly<InstanceSnapshot> {
    const applied = profilesOfSnapshot(record, profiles);
    const known = this.#known.get(record);
    if (known && isSame(known.applied, applied)) return known.shown;
    const shown = renderSnapshot(record, profiles);
    this.#known.set(record, { applied, shown });
    return shown;
  }
}

const isSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((each, index) => each === others[index]);
