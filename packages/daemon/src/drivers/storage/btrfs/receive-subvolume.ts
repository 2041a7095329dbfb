/**
 * Makes a read-only subvolume of a stream that a stranger may have made. `btrfs receive` does what the stream says as root: so it sees nothing
 * but the directory, and may only what files need; devices of the host that it made are found afterwards, before anybody can open them.
 */
import { LodgeError } from "@lodge/api/errors";
import { startFilter } from "../../../system/filter.ts";
import { run } from "../../../system/run.ts";
import { isOrdinaryDevice } from "../../../system/tar/entry-rules.ts";

/** What it takes to make subvolumes, and files of any owner, mode and attributes in them. */
const capabilities = [
  ...["sys_admin", "sys_chroot", "mknod"],
  ...["chown", "dac_override", "dac_read_search", "fowner", "fsetid", "setfcap"],
];

/** `directory`: empty, root's alone. */
export async function receiveSubvolume(directory: string, stream: AsyncIterable<Buffer>): Promise<void> {
  const bounded = ["setpriv", `--bounding-set=-all,${capabilities.map((name) => `+${name}`).join(",")}`, "--"];
  await using receiving = startFilter({
    command: ["unshare", "--net", "--", ...bounded, "btrfs", "receive", "--quiet", "-e", "--chroot", directory],
    input: stream,
    failure: receiveFailure,
  });
  receiving.output.resume();
  await receiving.done;
  await refuseDevices(directory);
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

/** Of what `btrfs` said that could not read a root. */
export function sendFailure(words: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "pool_failed", message: `The container cannot be sent: ${words}.`, cause });
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

export function refused(why: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "backup_invalid", message: `The stream is refused: ${why}. Nothing was kept.`, cause });
}
