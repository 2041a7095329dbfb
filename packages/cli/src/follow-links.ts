import { posix } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { GuestEntry, InstanceFiles } from "@lodge/sdk";

/** As many as Linux itself follows. */
const most = 40;

/** What is at a path inside an instance, and where it really is when symbolic links lead there. */
export async function readFollowing(
  files: InstanceFiles,
  path: string,
): Promise<{ path: string; entry: Exclude<GuestEntry, { type: "symlink" }> }> {
  let at = path;
  for (let links = 0; links <= most; links++) {
    const entry = await files.read(at);
    if (entry.type !== "symlink") return { path: at, entry };
    at = posix.resolve(posix.dirname(at), entry.target);
  }
  throw new LodgeError({ code: "file_invalid", message: `${path} leads through too many symbolic links.` });
}
