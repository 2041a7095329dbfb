import type { Virtiofsd } from "../../../../system/virtiofsd.ts";

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
