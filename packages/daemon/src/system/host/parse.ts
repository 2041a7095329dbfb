/** Readers of what the kernel and the distribution say of themselves. */

/** PRETTY_NAME of /etc/os-release. */
export function parseOsName(text: string): string {
  const fields = osFields(text);
  return fields.get("PRETTY_NAME") ?? fields.get("NAME") ?? "Linux";
}

/** NAME and VERSION_ID of /etc/os-release; empty where it has none. */
export function parseOsRelease(text: string): { readonly name: string; readonly version: string } {
  const fields = osFields(text);
  return { name: fields.get("NAME") ?? "", version: fields.get("VERSION_ID") ?? "" };
}

function osFields(text: string): Map<string, string> {
  return new Map(
    text.split("\n").map((line) => {
      const [key = "", ...value] = line.split("=");
      return [key, value.join("=").replace(/^(["'])(.*)\1$/, "$2")];
    }),
  );
}

/** Bytes that can be had without swapping, of /proc/meminfo. */
export function parseMeminfo(text: string): { total: number; available: number; swap: number } {
  const bytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { total: bytes("MemTotal"), available: bytes("MemAvailable"), swap: bytes("SwapTotal") };
}

/** Whether /proc/filesystems lists a file system. */
export function hasFilesystem(text: string, name: string): boolean {
  return text.split("\n").some((line) => line.split("\t").at(-1) === name);
}

/** Whether a kernel release (`6.1.0-18-amd64`) is at least this one. */
export function kernelAtLeast(release: string, major: number, minor: number): boolean {
  const [, a = 0, b = 0] = /^(\d+)\.(\d+)/.exec(release)?.map(Number) ?? [];
  return a > major || (a === major && b >= minor);
}

/** Whether /proc/self/status shows a capability, by its number, as effective. */
export function hasCapability(status: string, number: number): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(number)) & 1n) === 1n;
}

/** The mount that holds a path, of /proc/self/mountinfo: its type and the options of its file system. */
export function mountOf(mountinfo: string, path: string): { type: string; options: readonly string[] } | undefined {
  let found: { target: string; type: string; options: readonly string[] } | undefined;
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const target = before.split(" ")[4];
    const [type, , options] = after.split(" ");
    if (target === undefined || type === undefined || !isBelow(path, target)) continue;
    // Of two mounts at one place the later one covers the earlier.
    if (!found || target.length >= found.target.length) found = { target, type, options: (options ?? "").split(",") };
  }
  return found && { type: found.type, options: found.options };
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

/** The first thing that looks like a version in what a program prints. */
export function parseVersion(text: string): string | undefined {
  return /\d+\.\d+(?:\.\d+)*/.exec(text)?.[0];
}
