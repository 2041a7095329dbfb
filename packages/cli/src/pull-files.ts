import { createWriteStream } from "node:fs";
import { chmod, lchown, mkdir, rm, stat, symlink } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { LodgeError } from "@lodge/api/errors";
import type { GuestEntry, InstanceFiles } from "@lodge/sdk";
import { readFollowing } from "./follow-links.ts";
import type { Output } from "./terminal/streams.ts";

export interface PullOptions {
  readonly recursive: boolean;
  /** Owners can be kept by root alone. */
  readonly keepOwners: boolean;
}

/**
 * Copies a file or, where asked to, a directory with everything in it out of an instance. The named path itself may be a
 * link to what is meant; links further down are copied as links.
 */
export async function pullPath(
  files: InstanceFiles,
  source: string,
  target: string,
  options: PullOptions,
): Promise<void> {
  const { path, entry } = await readFollowing(files, source);
  if (entry.type === "directory" && !options.recursive) {
    throw new LodgeError({
      code: "file_invalid",
      message: `${source} is a directory; \`lodge file pull -r\` copies directories.`,
    });
  }
  await save(files, path, entry, target, options);
}

async function save(
  files: InstanceFiles,
  path: string,
  entry: GuestEntry,
  target: string,
  options: PullOptions,
): Promise<void> {
  switch (entry.type) {
    case "file":
      await pipeline(entry.content, createWriteStream(target));
      break;
    case "symlink":
      await rm(target, { force: true });
      await symlink(entry.target, target);
      break;
    case "directory":
      await mkdir(target, { recursive: true, mode: 0o700 });
      for (const name of entry.entries) {
        const inside = posix.join(path, plainName(name, path));
        await save(files, inside, await files.read(inside), join(target, name), options);
      }
  }
  await applyAttributes(target, entry, options);
}

/** Prints a file's content. */
export async function printFile(files: InstanceFiles, source: string, output: Output): Promise<void> {
  const { entry } = await readFollowing(files, source);
  if (entry.type !== "file") {
    throw new LodgeError({ code: "file_invalid", message: `${source} is a ${entry.type}; only files can be printed.` });
  }
  await pipeline(entry.content, output, { end: false });
}

/** Where to put what is pulled: into a directory that exists or is written with a slash, else under that very name. */
export async function localTarget(source: string, target: string, several: boolean): Promise<string> {
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) return join(target, basename(source));
  if (several || target.endsWith("/")) {
    throw new LodgeError({ code: "file_invalid", message: `${target} is no directory here; make it first.` });
  }
  return target;
}

/** A guest does not choose where files are written here. */
function plainName(name: string, directory: string): string {
  if (name !== "" && name !== "." && name !== ".." && !name.includes("/")) return name;
  throw new LodgeError({
    code: "file_invalid",
    message: `${directory} has an entry with the impossible name "${name}".`,
  });
}

async function applyAttributes(target: string, entry: GuestEntry, { keepOwners }: PullOptions): Promise<void> {
  if (keepOwners) await lchown(target, entry.uid, entry.gid);
  // After the owner, for a change of owner takes set-uid bits away.
  if (entry.type !== "symlink") await chmod(target, entry.mode);
}
