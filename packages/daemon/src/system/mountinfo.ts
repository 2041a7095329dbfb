/** One line of /proc/PID/mountinfo, as far as Lodge looks at it. */
export interface MountEntry {
  /** Numbers are given again after a mount is gone. */
  readonly id: number;
  /** `MAJOR:MINOR` of the file system. */
  readonly device: string;
  /** What of the file system is mounted. */
  readonly root: string;
  /** Group of the mounts that see each other's changes. */
  readonly shared?: number;
  /** Group whose changes it sees. */
  readonly master?: number;
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
    const [id, , device, root, target] = fields;
    const [type, source] = [fields[separator + 1], fields[separator + 2]];
    if (separator < 0 || device === undefined || root === undefined || target === undefined || type === undefined)
      continue;
    entries.push({
      id: Number(id),
      device,
      root: unescape(root),
      ...peers(fields.slice(6, separator)),
      target: unescape(target),
      type,
      source: unescape(source ?? ""),
    });
  }
  return entries;
}

function peers(optional: readonly string[]): Pick<MountEntry, "shared" | "master"> {
  const group = (name: string) => optional.find((field) => field.startsWith(`${name}:`))?.slice(name.length + 1);
  const [shared, master] = [group("shared"), group("master")];
  return { ...(shared && { shared: Number(shared) }), ...(master && { master: Number(master) }) };
}

/**
 * The mounts at a directory and below it, the last mounted first: the order in which they can be unmounted. Of a host's many lines few
 * name one directory, and to see that takes much less than to understand them.
 */
export function mountsAtOrBelow(text: string, directory: string): MountEntry[] {
  const written = escape(directory);
  if (!text.includes(written)) return [];
  const lines = text.split("\n").filter((line) => line.includes(written));
  const isIn = ({ target }: MountEntry) => target === directory || target.startsWith(`${directory}/`);
  return parseMountinfo(lines.join("\n")).filter(isIn).toReversed();
}

/** The kernel writes space, tab, newline and backslash in octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function escape(path: string): string {
  return path.replace(/[ \t\n\\]/g, (each) => `\\${each.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
