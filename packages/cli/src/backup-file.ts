/** Backups as files: what `export` writes and `import` reads, of instances and of volumes. */
import { createReadStream, createWriteStream } from "node:fs";
import { access, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BackupCompression } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { RunningOperation } from "@lodge/sdk";
import { Option } from "commander";
import type { Context } from "./context.ts";
import { formatBytes } from "./render/units.ts";
import { paintFor } from "./terminal/colour.ts";
import { Progress } from "./terminal/progress.ts";

const endings: Readonly<Record<BackupCompression, string>> = {
  zstd: ".tar.zst",
  gzip: ".tar.gz",
  bzip2: ".tar.bz2",
  xz: ".tar.xz",
  none: ".tar",
};

export const compressionOption = (): Option =>
  new Option("--compression <algorithm>", "how to compress it")
    .choices(Object.keys(endings))
    .default("zstd" satisfies BackupCompression);

export interface Target {
  /** Of what it is a backup of. */
  readonly name: string;
  /** Missing: named after `stem`; `-`: standard output. */
  readonly file: string | undefined;
  readonly stem: string;
  readonly compression: BackupCompression;
  /** Replaces a file that is there. */
  readonly force?: true | undefined;
}

/** Says where it went, unless that is standard output. `begin`: asks for the backup, once there is a place for it. */
export async function exportTo(context: Context, target: Target, begin: () => Promise<Readable>): Promise<void> {
  const { name, stem, compression, force } = target;
  const path = target.file ?? `${stem}${endings[compression]}`;
  if (path === "-") {
    refuseTerminal(context);
    return pipeline(await begin(), context.surroundings.stdout, { end: false });
  }
  if (!force) await refuseTaken(path);
  const size = await save(context, await begin(), path, name);
  context.say(`Exported ${name} to ${path} (${formatBytes(size)})`);
}

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
    await pipeline(backup, createWriteStream(partial, { flush: true, highWaterMark: 1 << 20 }), {
      signal: interrupted.signal,
    });
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

export interface BackupFile {
  readonly content: Readable;
  /** Bytes, where it is known. */
  readonly size: number | undefined;
}

/** `-`: standard input. */
export async function openBackup({ surroundings }: Context, file: string): Promise<BackupFile> {
  return file === "-" ? { content: surroundings.stdin as Readable, size: undefined } : openFile(file);
}

async function openFile(path: string): Promise<BackupFile> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new LodgeError({ code: "file_not_found", message: `${path} cannot be read here: ${cause.message}.`, cause });
  });
  if (found.isDirectory())
    throw new LodgeError({ code: "request_invalid", message: `${path} is a directory, no backup.` });
  return { content: createReadStream(path, { highWaterMark: 1 << 20 }), size: found.isFile() ? found.size : undefined };
}

/** Shows how much has been read while it is sent. */
export async function sendingBackup(
  context: Context,
  { content, size }: BackupFile,
  send: () => Promise<RunningOperation>,
): Promise<RunningOperation> {
  const { stderr, env } = context.surroundings;
  const progress = new Progress(stderr, paintFor(stderr, env));
  let sent = 0;
  if (!context.globals.quiet && stderr.isTTY) {
    const total = size === undefined ? "" : ` of ${formatBytes(size)}`;
    content.on("data", (chunk: Buffer) => {
      sent += chunk.length;
      progress.update(`Importing: ${formatBytes(sent)}${total}`);
    });
  }
  try {
    return await send();
  } finally {
    progress.clear();
    content.destroy();
  }
}
