/**
 * What GRUB would boot by default, read from its configuration. Where the answer depends on anything that is not
 * plainly written there, there is none: the disk then boots through its own loader.
 */
import { type GrubNode, type GrubWord, parseGrubScript } from "./grub-script.ts";

export interface GrubFiles {
  /** grub.cfg. */
  readonly config: string;
  /** grubenv, when there is one. */
  readonly environment?: string;
  /** custom.cfg exists, which Debian's grub.cfg includes. */
  readonly hasCustom: boolean;
}

export interface BootEntry {
  /** Path on the boot file system. */
  readonly kernel: string;
  readonly initrd: string;
  /** As the kernel sees it. */
  readonly cmdline: string;
  /** UUIDs of the file systems that the entry looks for; all must be the boot file system's. */
  readonly fileSystems: readonly string[];
}

/** The default menu entry; undefined when it cannot be known for certain. */
export function defaultBootEntry(files: GrubFiles): BootEntry | undefined {
  const nodes = parseGrubScript(files.config);
  if (!nodes || selectsAnotherEntry(files.environment ?? "")) return undefined;
  const functions = new Set(nodes.flatMap((node) => (node.kind === "block" ? definedFunction(node.words) : [])));
  const outside = commands(nodes, (block) => !isMenu(block));
  if (!outside.every((words) => isHarmless(words, functions, files.hasCustom))) return undefined;
  if (!outside.every(choosesFirstEntry)) return undefined;
  const first = nodes.find((node) => holdsMenu(node));
  if (first?.kind !== "block" || first.words[0]?.text !== "menuentry") return undefined;
  const found = bootEntry(first.body, functions);
  // An entry that looks for no file system takes the one that GRUB was started from, unless something moved it.
  return found?.fileSystems.length === 0 && outside.some(movesRoot) ? undefined : found;
}

/** `grub-reboot` and `grub-set-default` leave their choice in grubenv. */
function selectsAnotherEntry(environment: string): boolean {
  return /^(next_entry|saved_entry|prev_saved_entry)=./m.test(environment);
}

function definedFunction(words: readonly GrubWord[]): string[] {
  return words[0]?.text === "function" && words[1] ? [words[1].text] : [];
}

function isMenu(words: readonly GrubWord[]): boolean {
  return words[0]?.text === "menuentry" || words[0]?.text === "submenu";
}

function holdsMenu(node: GrubNode): boolean {
  if (node.kind === "command") return false;
  return (node.kind === "block" && isMenu(node.words)) || node.body.some(holdsMenu);
}

/** All commands, those in conditionals too, of the blocks that are wanted. */
function commands(
  nodes: readonly GrubNode[],
  wanted: (words: readonly GrubWord[]) => boolean,
): (readonly GrubWord[])[] {
  return nodes.flatMap((node) => {
    if (node.kind === "command") return [node.words];
    if (node.kind === "block" && !wanted(node.words)) return [];
    return commands(node.body, wanted);
  });
}

/** Commands that neither boot anything nor change what the menu holds. */
const harmless = new Set(
  (
    "[ test true false set unset export insmod rmmod load_env save_env loadfont terminal_input terminal_output serial search " +
    "echo play background_image background_color clear cpuid return keymap"
  ).split(" "),
);

function isHarmless(words: readonly GrubWord[], functions: ReadonlySet<string>, hasCustom: boolean): boolean {
  const [name, ...rest] = words;
  if (!name || assignment(words)) return true;
  if (name.dynamic) return false;
  if (harmless.has(name.text) || functions.has(name.text)) return true;
  if (name.text === "fwsetup") return rest.length === 1 && rest[0]?.text === "--is-supported";
  const custom = (name.text === "source" || name.text === ".") && rest.length === 1;
  return custom && !hasCustom && /^\$\{?(config_directory|prefix)\}?\/custom\.cfg$/.test(rest[0]?.text ?? "");
}

/** An assignment to `default` must name the first entry, or a saved choice, which has been seen to be empty. */
function choosesFirstEntry(words: readonly GrubWord[]): boolean {
  const { name, value } = assignment(words) ?? {};
  return name !== "default" || ["", "0", "${next_entry}", "${saved_entry}"].includes(value ?? "");
}

function movesRoot(words: readonly GrubWord[]): boolean {
  return assignment(words)?.name === "root" || words[0]?.text === "search";
}

/** `set name=value`, or the same without `set`. */
function assignment(words: readonly GrubWord[]): { name: string; value: string } | undefined {
  const text = words[0]?.text === "set" ? words[1]?.text : words[0]?.text;
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text ?? "") ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

const entryCommands = new Set(["linux", "linuxefi", "initrd", "initrdefi"]);

function bootEntry(body: readonly GrubNode[], functions: ReadonlySet<string>): BootEntry | undefined {
  const known = new Set([...functions, "savedefault", "load_video", "gfxmode"]);
  const all = commands(body, () => true);
  if (!all.every((words) => entryCommands.has(words[0]?.text ?? "") || isHarmless(words, known, true)))
    return undefined;
  const fileSystems = searchedFileSystems(all);
  if (!fileSystems || (fileSystems.length === 0 && all.some(movesRoot))) return undefined;
  const loads = all.filter(([name]) => entryCommands.has(name?.text ?? ""));
  const certain = body.flatMap((node) => (node.kind === "command" ? [node.words] : []));
  const [linux, initrd] = loads;
  if (loads.length !== 2 || !linux || !initrd || !certain.includes(linux) || !certain.includes(initrd))
    return undefined;
  if (!linux[0]?.text.startsWith("linux") || !initrd[0]?.text.startsWith("initrd") || initrd.length !== 2)
    return undefined;
  const [kernel, ...parameters] = linux.slice(1);
  const image = initrd[1];
  if (!kernel || !image || ![kernel, image].every(isPlainPath)) return undefined;
  // GRUB would quote them, the kernel would undo it: rare enough to leave to GRUB.
  if (!parameters.every(({ text, dynamic }) => !dynamic && /^[^\s'"\\]+$/.test(text))) return undefined;
  // GRUB itself puts BOOT_IMAGE there.
  const cmdline = [`BOOT_IMAGE=${kernel.text}`, ...parameters.map(({ text }) => text)].join(" ");
  return { kernel: kernel.text, initrd: image.text, cmdline, fileSystems };
}

/** UUIDs after `search --fs-uuid --set=root`; undefined when it searches by anything else. */
function searchedFileSystems(all: readonly (readonly GrubWord[])[]): string[] | undefined {
  const found: string[] = [];
  for (const [name, ...words] of all) {
    if (name?.text !== "search") continue;
    const target = words.at(-1);
    if (!target || target.dynamic || !words.some(({ text }) => text === "--fs-uuid" || text === "-u")) return undefined;
    found.push(target.text.toLowerCase());
  }
  return found;
}

/** On the boot file system, without anything that debugfs or a device prefix would give a meaning. */
function isPlainPath({ text, dynamic }: GrubWord): boolean {
  return !dynamic && /^(\/[A-Za-z0-9][A-Za-z0-9._+~-]*)+$/.test(text);
}
