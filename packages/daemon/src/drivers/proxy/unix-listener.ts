/** Unix sockets on paths: they leave files behind, which belong to somebody and may be in the way. */
import { closeSync } from "node:fs";
import { chmod, chown, lstat, stat, statfs, unlink } from "node:fs/promises";
import { posix } from "node:path";
import type { ProxyRequest } from "@lodge/core";
import { withFileIdentity } from "../../system/file-identity.ts";
import { bindUnix, isListening, startListening } from "../../system/listening-socket.ts";
import { errnoName } from "../../system/rooted-errors.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, openInRoot } from "../../system/rooted-open.ts";
import { openContainerRoot } from "./container-root.ts";

/** File systems that a guest's program serves: what is done there may take for ever. */
const FUSE_SUPER_MAGIC = 0x65735546;

/** Listens on a path of the side that listens. What an earlier run left there is replaced. */
export function listenOnPath(request: ProxyRequest, path: string): Promise<number> {
  const { ids, socket, bind, container } = request;
  const base = bind === "instance" ? ids.base : 0;
  return withEntry(request, path, async (entry) => {
    const descriptor = await bindAnew(entry, base);
    try {
      if (container && bind === "instance") await chownInside(container, path, base, socket);
      else {
        await chown(entry, socket.uid, socket.gid);
        await chmod(entry, socket.mode);
      }
      startListening(descriptor);
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  });
}

/** Removes the file of a socket on which nobody listens any more. Anything else is left alone. */
export async function removePath(request: ProxyRequest, path: string): Promise<void> {
  await withEntry(request, path, removeStale).catch(() => undefined);
}

/** Names the path for this process: by the directory that holds it, which in a container is looked up as the container would. */
async function withEntry<T>(
  { bind, container }: ProxyRequest,
  path: string,
  action: (entry: string) => Promise<T>,
): Promise<T> {
  if (bind === "host" || !container) return action(path);
  const root = await openContainerRoot(container);
  try {
    using parent = await openInRoot(root, posix.dirname(path), O_PATH | O_DIRECTORY);
    if ((await statfs(parent.path)).type === FUSE_SUPER_MAGIC) {
      throw Object.assign(new Error(`${posix.dirname(path)} is served by a program of the guest`), { code: "EXDEV" });
    }
    return await action(`${parent.path}/${posix.basename(path)}`);
  } finally {
    root.handle[Symbol.dispose]();
  }
}

async function bindAnew(entry: string, owner: number): Promise<number> {
  const make = () => withFileIdentity(owner, owner, () => bindUnix(entry));
  try {
    return make();
  } catch (error) {
    if (errnoName(error) !== "EADDRINUSE" || !(await removeStale(entry))) throw error;
    return make();
  }
}

async function removeStale(entry: string): Promise<boolean> {
  const found = await lstat(entry);
  if (!found.isSocket() || isListening(entry)) return false;
  await unlink(entry);
  return true;
}

/** The guest may have put something else in its place: the handle stands for one thing, and is looked at first. */
async function chownInside(
  container: NonNullable<ProxyRequest["container"]>,
  path: string,
  base: number,
  { uid, gid, mode }: ProxyRequest["socket"],
): Promise<void> {
  const root = await openContainerRoot(container);
  try {
    using handle = await openInRoot(root, path, O_PATH | O_NOFOLLOW);
    if (!(await stat(handle.path)).isSocket()) throw Object.assign(new Error("it is gone again"), { code: "ENOENT" });
    await chown(handle.path, base + uid, base + gid);
    await chmod(handle.path, mode);
  } finally {
    root.handle[Symbol.dispose]();
  }
}
