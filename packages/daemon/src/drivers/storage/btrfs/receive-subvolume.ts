/**
 * Makes a read-only subvolume of a stream that a stranger may have made. `btrfs receive` does what the stream says as root: so it sees nothing
 * but the directory, and may only what files need. A device of the host that it makes cannot be opened, because pools are mounted without
 * (`nodev`), and is found afterwards.
 */
import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { syncFileSystem } from "../../../system/durable.ts";
import { startFilter } from "../../../system/filter.ts";
import { run } from "../../../system/run.ts";
import { isOrdinaryDevice } from "../../../system/tar/entry-rules.ts";

/** What it takes to make subvolumes, and files of any owner, mode and attributes in them. */
const capabilities = [
  ...["sys_admin", "sys_chroot", "mknod"],
  ...["chown", "dac_override", "dac_read_search", "fowner", "fsetid", "setfcap"],
];

/** `path`: as it was called where it was sent, in an empty directory of root's alone. On disk when this returns. */
export async function receiveSubvolume(path: string, stream: AsyncIterable<Buffer>): Promise<void> {
  const directory = dirname(path);
  const bounded = ["setpriv", `--bounding-set=-all,${capabilities.map((name) => `+${name}`).join(",")}`, "--"];
  await using receiving = startFilter({
    command: ["unshare", "--net", "--", ...bounded, "btrfs", "receive", "--quiet", "-e", "--chroot", directory],
    input: stream,
    failure: receiveFailure,
  });
  receiving.output.resume();
  await receiving.done;
  const found = await readdir(directory);
  if (found.length !== 1 || found[0] !== basename(path))
    throw refused(`it makes ${JSON.stringify(found.slice(0, 3))}, which is called otherwise here`);
  await refuseDevices(directory);
  await syncFileSystem(directory);
}

/** Whiteouts (0:0), which overlay file systems make, are no devices. */
async function refuseDevices(directory: string): Promise<void> {
  const found = await run("find", [directory, "-type", "b,c", "-exec", "stat", "--printf=%F %t:%T\\n", "{}", "+"], {
    timeout: 3_600_000,
    code: "pool_failed",
  });
  for (const line of found.split("\n").filter(Boolean)) {
    const [, kind, major = "", minor = ""] = /^(\w+).* (\w+):(\w+)$/.exec(line) ?? [];
    const device = { major: Number.parseInt(major, 16), minor: Number.parseInt(minor, 16) };
    const isWhiteout = device.major === 0 && device.minor === 0;
    if (kind !== "character" || !(isWhiteout || isOrdinaryDevice(device)))
      throw refused("it has devices other than null, zero, full, random, urandom, tty, console and ptmx");
  }
}

function receiveFailure(words: string, cause?: unknown): LodgeError {
  if (/No space left on device|Disk quota exceeded/i.test(words)) {
    return new LodgeError({
      code: "pool_full",
      message:
        "What is received does not fit into the storage pool; what had been written was removed. Delete instances or images and try again.",
      cause,
    });
  }
  // It begins with where it was told to go.
  const own = words.replace(/^[^]*?(?=ERROR: )/, "").trim();
  return refused(`btrfs does not receive it (${own})`, cause);
}

function refused(why: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "backup_invalid", message: `The stream is refused: ${why}. Nothing was kept.`, cause });
}
