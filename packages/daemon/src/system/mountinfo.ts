/** One line of /proc/PID/mountinfo, as far as Lodge looks at it. */
export interface MountEntry {
  /** Where it is mounted, as this process sees it. */
  readonly target: string;
  readonly type: string;
  readonly source: string;
}

/** Parses /proc/PID/mountinfo (proc_pid_mountinfo(5)), in the order of mounting. Lines that do not fit are left out. */
export function parseMountinfo(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    // Optional fields stand between the sixth and a lone hyphen.
    const separator = fields.indexOf("-", 6);
    const [target, type, source] = [fields[4], fields[separator + 1], fields[separator + 2]];
    if (separator < 0 || target === undefined || type === undefined) continue;
    entries.push({ target: unescape(target), type, source: unescape(source ?? "") });
  }
  return entries;
}

/** The mounts at a directory and below it, the last mounted first: the order in which they can be unmounted. */
export function mountsAtOrBelow(entries: readonly MountEntry[], directory: string): MountEntry[] {
  return entries.filter(({ target }) => target === directory || target.startsWith(`${directory}/`)).toReversed();
}

/** The kernel writes space, tab, newline and backslash in octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
