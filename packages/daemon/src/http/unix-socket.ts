import { readFileSync } from "node:fs";
import { chmod, chown, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LodgeError } from "@lodge/api";
import type { Api } from "./api.ts";

/** Bytes of a unix socket's path: what the kernel's sockaddr_un holds, less the closing NUL. */
const longestPath = 107;

/**
 * Serves on a unix socket that only root and the members of group `lodge` may open. It is made under another name and
 * then renamed: there is no moment with a stale, missing or too widely open socket. The directory's lock is the caller's.
 */
export async function listenOnSocket(app: Api, path: string): Promise<() => Promise<void>> {
  refuseLongPath(path);
  const making = join(dirname(path), ".new");
  await rm(making, { force: true });
  await app.listen({ path: making });
  await chown(making, 0, groupId(readFileSync("/etc/group", "utf8"), "lodge") ?? 0);
  await chmod(making, 0o660);
  await rename(making, path);
  return () => rm(path, { force: true });
}

export function refuseLongPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= longestPath) return;
  throw new LodgeError({
    code: "daemon_dir_invalid",
    message: `The socket's path ${path} has ${bytes} bytes; the system allows ${longestPath}. Set LODGE_DIR to a directory with a path of at most ${longestPath - basename(path).length - 1} bytes.`,
  });
}

/** The gid of a group by the text of /etc/group. */
export function groupId(text: string, name: string): number | undefined {
  const line = text.split("\n").find((l) => l.startsWith(`${name}:`));
  const gid = Number(line?.split(":")[2] || Number.NaN);
  return Number.isInteger(gid) ? gid : undefined;
}
