/** The directory of what a container changed: empty at first, with the attributes of what is `/` inside. */
import { chmod, chown, lstat, mkdir, readdir, utimes } from "node:fs/promises";
import { readAttributes, writeAttribute } from "../../../system/extended-attributes.ts";

/** What overlayfs notes on an upper directory is that directory's alone. */
const isOfOverlay = (name: string): boolean => name.startsWith("trusted.overlay.");

/** Makes an empty one that stands over `like`. */
export async function makeUpper(path: string, like: string): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  const { uid, gid, mode, atime, mtime } = await lstat(like);
  await chown(path, uid, gid);
  for (const [name, value] of ownAttributes(like)) writeAttribute(path, name, value);
  await chmod(path, mode & 0o7777);
  await utimes(path, atime, mtime);
}

/** Whether nothing was changed since one was made over `like`. */
export async function isUntouched(path: string, like: string): Promise<boolean> {
  if ((await readdir(path)).length > 0) return false;
  const [here, there] = await Promise.all([lstat(path), lstat(like)]);
  if (here.uid !== there.uid || here.gid !== there.gid || here.mode !== there.mode) return false;
  const [own, others] = [ownAttributes(path), ownAttributes(like)];
  return own.size === others.size && [...own].every(([name, value]) => others.get(name)?.equals(value) === true);
}

function ownAttributes(path: string): ReadonlyMap<string, Buffer> {
  return new Map([...readAttributes(path)].filter(([name]) => !isOfOverlay(name)));
}
