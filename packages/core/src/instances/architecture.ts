import { LodgeError } from "@lodge/api";

/** What a host of an architecture runs, by the kernel's names. */
const runs: Readonly<Record<string, readonly string[]>> = {
  x86_64: ["x86_64", "i686"],
  aarch64: ["aarch64", "armv7l"],
};

/** `host_unsupported` when the host cannot run what was made for that processor. */
export function requireArchitecture(owner: string, wanted: string, host: string): void {
  if (wanted === host || runs[host]?.includes(wanted)) return;
  throw new LodgeError({
    code: "host_unsupported",
    message: `${owner} would be for ${wanted}, which this host (${host}) does not run; use an image for ${host}.`,
  });
}
