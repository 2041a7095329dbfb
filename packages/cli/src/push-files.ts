import { createReadStream } from "node:fs";
import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { FileAttributes, InstanceFiles } from "@lodge/sdk";

export interface PushOptions {
  readonly recursive: boolean;
  /** Make the directories that lead there. */
  readonly parents: boolean;
  /** Instead of what the files here have. */
  readonly attributes: FileAttributes;
}

/** Copies a file or, where asked to, a directory with everything in it into an instance. */
export async function pushPath(
  files: InstanceFiles,
  source: string,
  target: string,
  options: PushOptions,
): Promise<void> {
  // The named path itself may be a link to what is meant; links further down are copied as links.
  const found = await statHere(source);
  if (options.parents) await makeParents(files, target);
  if (!found.isDirectory()) return pushFile(files, source, target, options);
  if (!options.recursive) {
    throw new LodgeError({
      code: "file_invalid",
      message: `${source} is a directory; \`lodge file push -r\` copies directories.`,
    });
  }
  await pushDirectory(files, source, target, options);
}

async function pushDirectory(
  files: InstanceFiles,
  source: string,
  target: string,
  options: PushOptions,
): Promise<void> {
  await files.makeDirectory(target, { ...attributesOf(await stat(source)), ...given(options.attributes, "owner") });
  for (const name of (await readdir(source)).sort()) {
    const from = join(source, name);
    const to = posix.join(target, name);
    const found = await lstat(from);
    if (found.isDirectory()) await pushDirectory(files, from, to, options);
    else if (found.isSymbolicLink())
      await files.makeSymlink(to, await readlink(from), owner({ ...attributesOf(found), ...options.attributes }));
    else await pushFile(files, from, to, options);
  }
}

async function pushFile(
  files: InstanceFiles,
  source: string,
  target: string,
  { attributes }: PushOptions,
): Promise<void> {
  const found = await statHere(source);
  if (!found.isFile()) {
    throw new LodgeError({
      code: "file_invalid",
      message: `${source} is neither a file, a directory nor a symbolic link; it cannot be copied.`,
    });
  }
  const content = createReadStream(source);
  await files.write(target, content, { ...attributesOf(found), ...given(attributes, "all") });
}

/** Makes the directories above a path that are missing. */
export async function makeParents(files: InstanceFiles, path: string): Promise<void> {
  const above: string[] = [];
  for (let each = posix.dirname(path); each !== "/"; each = posix.dirname(each)) above.unshift(each);
  for (const each of above) await files.makeDirectory(each);
}

/** A single file pushed to a directory keeps its name. */
export function targetFor(source: string, target: string, intoDirectory: boolean): string {
  return intoDirectory ? posix.join(target, basename(source)) : target;
}

function attributesOf(found: { uid: number; gid: number; mode: number }): Required<FileAttributes> {
  return { uid: found.uid, gid: found.gid, mode: found.mode & 0o7777 };
}

/** What the user asked for; a mode that is meant for files would lock directories. */
function given({ uid, gid, mode }: FileAttributes, what: "owner" | "all"): FileAttributes {
  return {
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mode !== undefined && what === "all" && { mode }),
  };
}

const owner = ({ uid, gid }: FileAttributes): FileAttributes => ({ uid, gid });

async function statHere(path: string) {
  return stat(path).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === "ENOENT" || cause.code === "ENOTDIR";
    throw new LodgeError({
      code: missing ? "file_not_found" : "file_invalid",
      message: missing ? `There is no file ${path} here.` : `${path} cannot be read: ${cause.message}.`,
      cause,
    });
  });
}
