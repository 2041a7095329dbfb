import { createWriteStream } from "node:fs";
import { access, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BackupCompression } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { Option } from "commander";
import type { Context } from "../context.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { formatBytes } from "../render/units.ts";
import { paintFor } from "../terminal/colour.ts";
import { Progress } from "../terminal/progress.ts";

interface Options {
  readonly instanceOnly?: true;
  readonly since?: string;
  readonly compression: BackupCompression;
  readonly optimizedStorage?: true;
  readonly force?: true;
}

const endings: Readonly<Record<BackupCompression, string>> = {
  zstd: ".tar.zst",
  gzip: ".tar.gz",
  bzip2: ".tar.bz2",
  xz: ".tar.xz",
  none: ".tar",
};

const exportCommand: CommandFactory = (context) =>
  new LodgeCommand("export")
    .summary("Save an instance to a file.")
    .description(
      "Save an instance, running or not, as it is at this moment, with its snapshots, to a file that `lodge import` and LXD read. Nothing is kept beside the file.",
    )
    .argument("<instance>", "name of the instance")
    .argument("[file]", "where to; - is standard output (default: INSTANCE.tar.zst)")
    .option("--instance-only", "without the snapshots")
    .option("--since <snapshot>", "of a virtual machine: only what changed since then")
    .addOption(
      new Option("--compression <algorithm>", "how to compress it")
        .choices(Object.keys(endings))
        .default("zstd" satisfies BackupCompression),
    )
    .option("--optimized-storage", "taken and ignored: there is one form, which every pool reads")
    .option("-f, --force", "replace the file if it is there")
    .example("lodge export web", "to web.tar.zst")
    .example("lodge export db /backup/db.tar --compression none", "without compressing it")
    .example("lodge export db db-tue.tar.zst --since monday", "what goes on from a backup with the snapshot monday")
    .example("lodge export db - | ssh other lodge import - db", "to another host")
    .action(async (name: string, file: string | undefined, options: Options) => {
      const what = options.since === undefined ? name : `${name}-since-${options.since}`;
      const path = file ?? `${what}${endings[options.compression]}`;
      if (path === "-") refuseTerminal(context);
      else if (!options.force) await refuseTaken(path);
      const { instances } = await context.client();
      const { instanceOnly = false, compression, since } = options;
      const backup = await instances.backups(name).stream({ instanceOnly, compression, ...(since && { since }) });
      if (path === "-") return pipeline(backup, context.surroundings.stdout, { end: false });
      const size = await save(context, backup, path, name);
      context.say(`Exported ${name} to ${path} (${formatBytes(size)})`);
    });

function refuseTerminal({ surroundings }: Context): void {
  if (!surroundings.stdout.isTTY) return;
  throw new LodgeError({
    code: "request_invalid",
    message: "A backup is nothing for a terminal; give a file or a pipe.",
  });
}

async function refuseTaken(path: string): Promise<void> {
  const taken = await access(path).then(
    () => true,
    () => false,
  );
  if (!taken) return;
  throw new LodgeError({
    code: "request_invalid",
    message: `${path} is there already; choose another file, or replace it with --force.`,
  });
}

/** Under its name only when it is whole. Returns how large it is. */
async function save(context: Context, backup: Readable, path: string, name: string): Promise<number> {
  const { stderr, env, signals } = context.surroundings;
  const progress = new Progress(stderr, paintFor(stderr, env));
  const partial = `${path}.part`;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  let bytes = 0;
  backup.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (!context.globals.quiet && stderr.isTTY) progress.update(`Exporting ${name}: ${formatBytes(bytes)}`);
  });
  signals.on("SIGINT", interrupt);
  try {
    await pipeline(backup, createWriteStream(partial, { flush: true }), { signal: interrupted.signal });
    await rename(partial, path);
    // Not on every file system.
    await syncDirectory(dirname(path)).catch(() => undefined);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true });
    throw interrupted.signal.aborted ? cut(name) : asExportError(error, name, path);
  } finally {
    signals.off("SIGINT", interrupt);
    progress.clear();
  }
}

/** What was exported is often deleted next. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}

function cut(name: string): LodgeError {
  return new LodgeError({ code: "operation_cancelled", message: `Exporting ${name} was cancelled; nothing was kept.` });
}

function asExportError(error: unknown, name: string, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new LodgeError({
      code: "pool_full",
      message: `There is no room for ${path}; what had been written was removed.`,
      cause: error,
    });
  if (code !== "ECONNRESET" && code !== "ERR_STREAM_PREMATURE_CLOSE") return error;
  return new LodgeError({
    code: "pool_failed",
    message: `Exporting ${name} was broken off by the daemon (${message}); its log says why. Nothing was kept.`,
    cause: error,
  });
}

export default exportCommand;
