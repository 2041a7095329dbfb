/** Files of a definition laid into a root, none of them outside it, all owned by root with ordinary modes. */
import { chmod, copyFile, lstat, mkdir, readdir, readlink, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LodgeError } from "@lodge/api/errors";

/**
 * Lays a folder over a root. Of modes only the executable bit counts: what else a checkout has depends on the umask of
 * whoever made it.
 */
export async function layTree(source: string, root: string, path = "/"): Promise<void> {
  const entries = await readdir(source, { withFileTypes: true }).catch((error) => {
    throw notThere(source, error);
  });
  for (const entry of entries) {
    const from = join(source, entry.name);
    const inRoot = join(path, entry.name);
    if (entry.isDirectory()) {
      await makeParents(root, join(inRoot, "any"));
      await layTree(from, root, inRoot);
    } else if (entry.isSymbolicLink()) {
      const to = await freshPlace(root, inRoot);
      await symlink(await readlink(from), to);
    } else {
      const to = await freshPlace(root, inRoot);
      await copyFile(from, to);
      await chmod(to, (await lstat(from)).mode & 0o100 ? 0o755 : 0o644);
    }
  }
}

export async function placeFile(root: string, path: string, content: string, mode: number): Promise<void> {
  const to = await freshPlace(root, path);
  await writeFile(to, content);
  await chmod(to, mode);
}

export async function emptyDirectory(path: string): Promise<void> {
  for (const name of await readdir(path).catch(() => [])) await rm(join(path, name), { recursive: true, force: true });
}

export async function removeMatching(directory: string, pattern: RegExp): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    if (pattern.test(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** The place of a new file: its folders exist and lie in the root, nothing else is there. */
async function freshPlace(root: string, path: string): Promise<string> {
  const to = join(await makeParents(root, path), path.slice(path.lastIndexOf("/") + 1));
  await rm(to, { force: true });
  return to;
}

/** Makes the folders above a path and returns their real place, which no symbolic link may lead out of the root. */
async function makeParents(root: string, path: string): Promise<string> {
  const parent = join(root, dirname(path));
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const real = await realpath(parent);
  const realRoot = await realpath(root);
  if (real === realRoot || real.startsWith(`${realRoot}/`)) return real;
  throw new LodgeError({ code: "image_build_failed", message: `The path ${path} leads out of the image's root.` });
}

function notThere(path: string, cause: unknown): LodgeError {
  return new LodgeError({
    code: "image_definition_invalid",
    message: `The folder ${path}, a tree of the image definition, cannot be read.`,
    cause,
  });
}
