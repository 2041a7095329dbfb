import { basename } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";
import type { Context } from "../context.ts";
import { runEditor } from "../editor.ts";
import { readFollowing } from "../follow-links.ts";
import { withTemporaryCopy } from "../temporary-copy.ts";
import type { Located } from "./located.ts";

/** Has a file edited by a person, or replaces what is in it by standard input. */
export async function editFile(context: Context, { files, path: target }: Located): Promise<void> {
  const { stdin } = context.surroundings;
  const { path, entry } = await readFollowing(files, target);
  if (entry.type !== "file") {
    throw new LodgeError({ code: "file_invalid", message: `${target} is a directory; only files can be edited.` });
  }
  const { uid, gid, mode, content } = entry;
  if (!stdin.isTTY) {
    content.destroy();
    return files.write(path, stdin, { uid, gid, mode });
  }
  await withTemporaryCopy(context, basename(path), await buffer(content), async (copy) => {
    await runEditor(context.surroundings, copy.path);
    const changed = await copy.changed();
    if (changed === undefined) return context.note("Nothing was changed.");
    await files.write(path, Readable.from([changed]), { uid, gid, mode });
  });
}
