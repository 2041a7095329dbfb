import { LodgeError } from "@lodge/api/errors";
import type { FileAttributes, InstanceFiles } from "@lodge/sdk";
import type { Context } from "../context.ts";
import { readFollowing } from "../follow-links.ts";
import { makeParents, pushPath, targetFor } from "../push-files.ts";
import type { Located } from "./located.ts";

export interface PushAllOptions extends FileAttributes {
  readonly recursive?: true;
  readonly createDirs?: true;
}

/** Copies files from here, or (`-`) standard input, to where they are to be. */
export async function pushAll(
  context: Context,
  sources: readonly string[],
  target: Located,
  options: PushAllOptions,
): Promise<void> {
  const { files, owner, path, attempt } = target;
  const present = await attempt(() => typeThere(files, path));
  if (sources.length > 1 && present !== "directory" && !target.directory) {
    throw new LodgeError({
      code: "file_invalid",
      message: `${path} is no directory in ${owner}; several files need one.`,
    });
  }
  const into = present === "directory" || target.directory;
  const { uid, gid, mode } = options;
  for (const source of sources) {
    const to = source === "-" ? path : targetFor(source, path, into);
    if (source === "-") await pushInput(context, files, to, options);
    else {
      const recursive = options.recursive ?? false;
      await pushPath(files, source, to, {
        recursive,
        parents: options.createDirs ?? false,
        attributes: { uid, gid, mode },
      });
    }
  }
}

async function pushInput(
  context: Context,
  files: InstanceFiles,
  to: string,
  { uid, gid, mode, createDirs }: PushAllOptions,
) {
  if (createDirs) await makeParents(files, to);
  await files.write(to, context.surroundings.stdin, { uid, gid, mode });
}

/** What is at a path in the instance; undefined when nothing is. */
async function typeThere(files: InstanceFiles, path: string): Promise<string | undefined> {
  try {
    const { entry } = await readFollowing(files, path);
    if (entry.type === "file") entry.content.destroy();
    return entry.type;
  } catch (error) {
    if (error instanceof LodgeError && error.code === "file_not_found") return undefined;
    throw error;
  }
}
