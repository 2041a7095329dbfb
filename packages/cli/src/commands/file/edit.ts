import { basename } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceFiles } from "@lodge/sdk";
import type { Context } from "../../context.ts";
import { runEditor } from "../../editor.ts";
import { readFollowing } from "../../follow-links.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { seconds } from "../../parse-value.ts";
import { parseGuestPath } from "../../paths.ts";
import { withTemporaryCopy } from "../../temporary-copy.ts";
import { whenReady } from "../../when-ready.ts";

const edit: CommandFactory = (context) =>
  new LodgeCommand("edit")
    .summary("Edit a file inside an instance.")
    .description(
      "Edit a file inside an instance, in the editor that VISUAL or EDITOR names, or from standard input. Owner and mode are kept.",
    )
    .argument("<path>", "INSTANCE/path")
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file edit web/etc/hosts", "in the editor")
    .example("lodge file pull web/etc/hosts - | sed s/old/new/ | lodge file edit web/etc/hosts", "by a program")
    .action(async (target: string, options: { wait: boolean; timeout: number }) => {
      const { instance, path } = parseGuestPath(target);
      const files = (await context.client()).instances.files(instance);
      await whenReady(context, instance, options, () => editFile(context, files, path));
    });

async function editFile(context: Context, files: InstanceFiles, target: string): Promise<void> {
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

export default edit;
