import { mkdirSync, writeFileSync } from "node:fs";
import { chmod, stat } from "node:fs/promises";
import { posix } from "node:path";
import { withFileIdentity } from "./file-identity.ts";
import { errnoName } from "./rooted-errors.ts";
import { type Handle, O_DIRECTORY, O_PATH, openInRoot, type Root } from "./rooted-open.ts";

export interface MountPointRequest {
  readonly root: Root;
  /** Absolute, as seen from the root. */
  readonly path: string;
  readonly kind: "directory" | "file";
  /** Host id of who owns what is made. */
  readonly owner: number;
}

/** Opens what is to be mounted over, and makes what is missing of it. No symlink leads out of the root. Throws SystemCallError or Node's errors. */
export async function openMountPoint(request: MountPointRequest): Promise<Handle> {
  const names = request.path.split("/").filter(Boolean);
  for (let depth = 1; depth < names.length; depth++) {
    using _ = await openOrMake(request, names.slice(0, depth), "directory");
  }
  const handle = await openOrMake(request, names, request.kind);
  const isDirectory = (await stat(handle.path)).isDirectory();
  if (isDirectory === (request.kind === "directory")) return handle;
  handle[Symbol.dispose]();
  throw Object.assign(new Error(`is ${isDirectory ? "a" : "no"} directory`), {
    code: isDirectory ? "EISDIR" : "ENOTDIR",
  });
}

async function openOrMake(
  { root, owner }: MountPointRequest,
  names: readonly string[],
  kind: "directory" | "file",
): Promise<Handle> {
  const path = `/${names.join("/")}`;
  try {
    return await openInRoot(root, path, O_PATH);
  } catch (error) {
    if (errnoName(error) !== "ENOENT") throw error;
  }
  using parent = await openInRoot(root, posix.dirname(path), O_PATH | O_DIRECTORY);
  const entry = `${parent.path}/${posix.basename(path)}`;
  try {
    withFileIdentity(owner, owner, () =>
      kind === "directory" ? mkdirSync(entry, 0o700) : writeFileSync(entry, "", { flag: "wx", mode: 0o600 }),
    );
  } catch (error) {
    if (errnoName(error) !== "EEXIST") throw error;
    throw new Error(`${path} is a symbolic link that leads nowhere`, { cause: error });
  }
  const handle = await openInRoot(root, path, O_PATH);
  // Whatever the daemon's umask. The name may mean something else by now; the handle cannot.
  await chmod(handle.path, kind === "directory" ? 0o755 : 0o644);
  return handle;
}
