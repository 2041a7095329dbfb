/** A directory's entries as they stand in an archive, by GNU tar: with owners, modes, ACLs, attributes, hard links and holes. */
import { startReused } from "../../system/filter.ts";
import { withoutEnd } from "../../system/tar/without-end.ts";
import { readFailure } from "./failure.ts";

/** A piece is what it is until the next is asked for. `place`: what the directory is called in the archive. Sorted, whatever order the directory has. */
export async function* sendTree(directory: string, place: string): AsyncGenerator<Buffer, void> {
  await using tar = startReused({ command: createCommand(directory, place), failure: readFailure });
  yield* withoutEnd(tar.output, readFailure);
  await tar.done;
}

/** No name of a place has a `+` in it. */
function createCommand(directory: string, place: string): [string, ...string[]] {
  return [
    "tar",
    "--create",
    "--format=posix",
    // Only what a file is, not when it was looked at.
    "--pax-option=delete=atime,delete=ctime,exthdr.name=pax",
    "--numeric-owner",
    "--acls",
    "--selinux",
    "--xattrs",
    "--xattrs-include=*",
    "--xattrs-exclude=trusted.*",
    "--sparse",
    "--sort=name",
    // What is written at once: ten kilobytes by default, each of which would wake its reader.
    "--blocking-factor=512",
    "--one-file-system",
    "--warning=no-file-ignored",
    // The names of members and what hard links point to, and not what symbolic links do.
    `--transform=flags=rhS;s+^\\.+${place}+`,
    `--directory=${directory}`,
    "--file=-",
    ".",
  ];
}
