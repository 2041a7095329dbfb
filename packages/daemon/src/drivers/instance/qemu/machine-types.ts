/** What `-machine help` says, as far as it is q35. */

/** The versioned q35 types that this QEMU knows, newest first: `pc-q35-7.2`, `pc-q35-7.1`… */
export function parseQ35Types(help: string): string[] {
  const names = [...help.matchAll(/^(pc-q35-(\d+)\.(\d+)(?:\.\d+)?)\s/gm)];
  return names
    .map(([, name = "", major, minor]) => ({ name, order: Number(major) * 1000 + Number(minor) }))
    .toSorted((a, b) => b.order - a.order)
    .map(({ name }) => name);
}

/**
 * The machine type for a start. An instance keeps the one it first started with, so that an upgrade of QEMU does not
 * change its hardware, for as long as QEMU has it.
 */
export function chooseMachineType(known: readonly string[], recorded: string | undefined): string | undefined {
  return recorded !== undefined && known.includes(recorded) ? recorded : known[0];
}

/** `7.2.22` of `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`. */
export function parseQemuVersion(text: string): string {
  return /version (\d+(?:\.\d+)+)/.exec(text)?.[1] ?? "unknown";
}
