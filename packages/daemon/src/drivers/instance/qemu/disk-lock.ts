import { LodgeError } from "@lodge/api/errors";

/** QEMU's own words at a file that another QEMU or program has locked. */
const locked = /Failed to get (shared )?"[\w ]+" lock/;

/** When that is why QEMU refused disks: ours. `what`: which disk of whose. */
export function diskBusy(words: string, what: string): LodgeError | undefined {
  if (!locked.test(words)) return undefined;
  return new LodgeError({
    code: "device_source_busy",
    message: `${what} is in use by another running instance or program; stop that, or make it read-only in both.`,
  });
}
