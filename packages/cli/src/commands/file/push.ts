import { LodgeError } from "@lodge/api/errors";
import type { FileAttributes, InstanceFiles } from "@lodge/sdk";
import type { Context } from "../../context.ts";
import { readFollowing } from "../../follow-links.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { octalMode, seconds, wholeNumber } from "../../parse-value.ts";
import { type GuestPath, parseGuestPath, splitPaths } from "../../paths.ts";
import { makeParents, pushPath, targetFor } from "../../push-files.ts";
import { whenReady } from "../../when-ready.ts";

interface Options extends FileAttributes {
  readonly recursive?: true;
  readonly createDirs?: true;
  readonly wait: boolean;
  readonly timeout: number;
}

const push: CommandFactory = (context) =>
  new LodgeCommand("push")
    .summary("Copy files into an instance.")
    .description("Copy files into an instance; modes and owners are kept unless others are given.")
    .usage("[options] <source...> <target>")
    .argument("<path...>", "sources here (- for standard input), and last the target INSTANCE/path")
    .option("-r, --recursive", "directories with everything in them")
    .option("-p, --create-dirs", "make the directories that lead to the target")
    .option("--uid <uid>", "owner", wholeNumber)
    .option("--gid <gid>", "group", wholeNumber)
    .option("--mode <mode>", "permissions of files, octal", octalMode)
    .option("--no-wait", "fail at once when the guest is still booting")
    .option("--timeout <seconds>", "how long to wait for a booting guest", seconds, 300)
    .example("lodge file push notes web/root/notes", "one file")
    .example("lodge file push -r site web/srv/", "a directory, to be /srv/site")
    .example("echo hello | lodge file push - web/etc/motd --mode 0644", "from standard input")
    .action(async (paths: string[], options: Options) => {
      const [sources, target] = splitPaths(paths);
      await pushAll(context, sources, parseGuestPath(target), options);
    });

async function pushAll(context: Context, sources: readonly string[], target: GuestPath, options: Options) {
  const { instance, path } = target;
  const patience = { wait: options.wait, timeout: options.timeout };
  const files = (await context.client()).instances.files(instance);
  const present = await whenReady(context, instance, patience, () => typeThere(files, path));
  if (sources.length > 1 && present !== "directory" && !target.directory) {
    throw new LodgeError({
      code: "file_invalid",
      message: `${path} is no directory in ${instance}; several files need one.`,
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

async function pushInput(context: Context, files: InstanceFiles, to: string, { uid, gid, mode, createDirs }: Options) {
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

export default push;
