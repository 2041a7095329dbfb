import type { KernelFiles } from "./boot-config.ts";

/** Of the names in /boot: the newest kernel that has an initrd. */
export function newestKernel(names: readonly string[]): KernelFiles | undefined {
  const versions = names
    .filter((name) => name.startsWith("vmlinuz-"))
    .map((name) => name.slice("vmlinuz-".length))
    .filter((version) => names.includes(`initrd.img-${version}`))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const version = versions.at(-1);
  if (version === undefined) return undefined;
  return { version, kernel: `vmlinuz-${version}`, initrd: `initrd.img-${version}` };
}
