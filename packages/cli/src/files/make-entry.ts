import { Readable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { FileAttributes, InstanceFiles } from "@lodge/sdk";
import { makeParents } from "../push-files.ts";
import type { Located } from "./located.ts";

type Kind = "file" | "directory" | "symlink";

export interface MakeEntryOptions extends FileAttributes {
  readonly type?: Kind;
  readonly createDirs?: true;
  readonly force?: true;
}

/** Makes an empty file, a directory or, where a target is named, a symbolic link. */
export async function makeEntry(
  { files, path, directory, attempt }: Located,
  text: string,
  target: string | undefined,
  options: MakeEntryOptions,
): Promise<void> {
  const kind = options.type ?? (target !== undefined ? "symlink" : directory ? "directory" : "file");
  if ((kind === "symlink") !== (target !== undefined)) throw unfit(kind);
  await attempt(async () => {
    if (!options.force) await refuseExisting(files, text, path);
    if (options.createDirs) await makeParents(files, path);
    await make(files, kind, path, target ?? "", options);
  });
}

async function make(
  files: InstanceFiles,
  kind: Kind,
  path: string,
  target: string,
  options: MakeEntryOptions,
): Promise<void> {
  const { uid, gid, mode } = options;
  const attributes = { uid, gid, mode };
  if (kind === "directory") return files.makeDirectory(path, attributes);
  if (kind === "file") return files.write(path, Readable.from([]), attributes);
  if (options.force) await files.remove(path).catch(ignoreMissing);
  await files.makeSymlink(path, target, attributes);
}

async function refuseExisting(files: InstanceFiles, text: string, path: string): Promise<void> {
  try {
    const entry = await files.read(path);
    if (entry.type === "file") entry.content.destroy();
  } catch (error) {
    return ignoreMissing(error);
  }
  throw new LodgeError({ code: "file_invalid", message: `${text} exists already; --force replaces it.` });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof LodgeError && error.code === "file_not_found")) throw error;
}

const unfit = (kind: Kind) =>
  new LodgeError({
    code: "request_invalid",
    message:
      kind === "symlink" ? "A symbolic link needs a target." : `Only a symbolic link has a target, not a ${kind}.`,
  });
