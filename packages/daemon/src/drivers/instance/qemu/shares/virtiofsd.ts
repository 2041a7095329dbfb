import { access } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { run } from "../../../../system/run.ts";

/** The program that serves directories to guests. There are two: QEMU's own until 7.2, and the one in Rust that came after it. */
export interface Virtiofsd {
  readonly file: string;
  readonly style: "qemu" | "rust";
}

/** Not on PATH: the directories of Debian, Fedora and Arch, and that of QEMU's own. */
const places = ["/usr/libexec/virtiofsd", "/usr/lib/virtiofsd", "/usr/lib/qemu/virtiofsd"];

export async function findVirtiofsd(files: readonly string[] = places): Promise<Virtiofsd> {
  for (const file of files) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) return { file, style: styleOf(await run(file, ["--version"], { code: "host_unsupported" })) };
  }
  throw new LodgeError({
    code: "host_tool_missing",
    message:
      "The program virtiofsd is not installed on the host, which virtual machines need for shared directories; install it (Debian package virtiofsd, before Debian 13 qemu-system-common).",
  });
}

/** By what `--version` prints. */
export function styleOf(version: string): Virtiofsd["style"] {
  return version.includes("QEMU Project") ? "qemu" : "rust";
}

export interface ShareProcess {
  /** What the guest sees as the root of its file system. */
  readonly source: string;
  /** Descriptor of a listening socket; one connection is taken from it. */
  readonly listener: number;
  /** File systems that are mounted in the source are shown as such, so that equal inode numbers are told apart. */
  readonly recursive: boolean;
  /** How many files it may have open, and with them how many the guest may know at once. */
  readonly openFiles: number;
}

/**
 * The arguments of virtiofsd. It begins as the root of a user namespace; before it serves anything it leaves all file systems but the
 * source behind (mount, pid and network namespaces of its own), drops what it does not need of its capabilities and filters its system calls.
 */
export function virtiofsdArguments(style: Virtiofsd["style"], share: ShareProcess): string[] {
  const { source, listener, recursive, openFiles } = share;
  const common = [`--fd=${listener}`, `--rlimit-nofile=${openFiles}`];
  if (style === "rust") {
    return [
      ...common,
      ...[`--shared-dir=${source}`, "--sandbox=namespace", "--cache=auto", "--xattr"],
      ...(recursive ? ["--announce-submounts"] : []),
    ];
  }
  const options = [`source=${source}`, "sandbox=namespace", "cache=auto", "xattr"];
  return [...common, "-o", [...options, ...(recursive ? ["announce_submounts"] : [])].join(",")];
}
