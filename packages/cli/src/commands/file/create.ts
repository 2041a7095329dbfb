import { Readable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { FileAttributes, InstanceFiles } from "@lodge/sdk";
import { Option } from "commander";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { octalMode, seconds, wholeNumber } from "../../parse-value.ts";
import { parseGuestPath } from "../../paths.ts";
import { makeParents } from "../../push-files.ts";
import { whenReady } from "../../when-ready.ts";

type Kind = "file" | "directory" | "symlink";

interface Options extends FileAttributes {
  readonly type?: Kind;
  readonly createDirs?: true;
  readonly force?: true;
  readonly wait: boolean;
  readonly timeout: number;
}

const create: CommandFactory = (context) =>
  new LodgeCommand("create")
    .summary("Make an empty file, a directory or a symbolic link inside an instance.")
    .description("Make an empty file, a directory or a symbolic link inside an instance.")
    .argument("<path>", "INSTANCE/path; with a slash at its end a directory")
    .argument("[target]", "what a symbolic link leads to")
    .addOption(new Option("--type <type>", "what to make").choices(["file", "directory", "symlink"]))
    .option("-p, --create-dirs", "make the directories that lead to it")
    .option("-f, --force", "replace what is there")
    .option("--uid <uid>", "owner", wholeNumber)
    .option("--gid <gid>", "group", wholeNumber)
    .option("--mode <mode>", "permissions, octal", octalMode)
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file create web/srv/www/ --mode 0750", "a directory")
    .example("lodge file create web/etc/localtime /usr/share/zoneinfo/UTC --type symlink -f", "a link")
    .action(async (text: string, target: string | undefined, options: Options) => {
      const { instance, path, directory } = parseGuestPath(text);
      const kind = options.type ?? (target !== undefined ? "symlink" : directory ? "directory" : "file");
      if ((kind === "symlink") !== (target !== undefined)) throw unfit(kind);
      const files = (await context.client()).instances.files(instance);
      await whenReady(context, instance, options, async () => {
        if (!options.force) await refuseExisting(files, text, path);
        if (options.createDirs) await makeParents(files, path);
        await make(files, kind, path, target ?? "", options);
      });
    });

async function make(files: InstanceFiles, kind: Kind, path: string, target: string, options: Options): Promise<void> {
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

export default create;
