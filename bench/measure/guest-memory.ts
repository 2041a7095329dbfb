/** Bytes from which a mapping of QEMU's is its guest's memory, base or plugged, unless it is executed: smaller ones are QEMU's own. */
const least = 128 * 2 ** 20;

/**
 * Bytes of a guest's memory that the host holds, as QEMU has it mapped: what QEMU needs itself and what it has translated is not of that. `smaps`:
 * /proc/PID/smaps (proc_pid_smaps(5)).
 */
export function guestMemory(smaps: string): number {
  const mappings = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map(read);
  const ofGuest = mappings.filter(({ size, executable }) => size >= least && !executable);
  return ofGuest.reduce((sum, { resident }) => sum + resident, 0);
}

function read(mapping: string): { readonly size: number; readonly resident: number; readonly executable: boolean } {
  const of = (field: string) => Number(new RegExp(`^${field}: +(\\d+) kB$`, "m").exec(mapping)?.[1] ?? 0) * 1024;
  const [, permissions = ""] = mapping.split(" ", 2);
  return {
    size: of("Size"),
    resident: of("Rss"),
    executable: permissions.includes("x") || mapping.includes("tcg-jit"),
  };
}
