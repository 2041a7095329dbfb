import { LodgeError } from "@lodge/api/errors";

/** QEMU's own words at a qcow2 that contradicts itself, or is none. */
const damaged =
  /Image is (not in qcow2 format|corrupt)|qcow2 header too short|Active L1 table too large|Reference count table too large|L1 table offset|Could not read (qcow2 header|refcount|L1 table|snapshots)|Invalid (L1|refcount) table/i;

/** When that is why QEMU refused disks: ours. */
export function diskDamaged(words: string, name: string): LodgeError | undefined {
  if (!damaged.test(words)) return undefined;
  return new LodgeError({
    code: "disk_damaged",
    message: `A disk of instance "${name}" is damaged: go back to a snapshot or a backup. QEMU says: ${words}`,
  });
}
