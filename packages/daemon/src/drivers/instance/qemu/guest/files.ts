import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LodgeError } from "@lodge/api/errors";
import type { GuestFileAttributes, GuestFileInfo, GuestFiles, GuestFileType } from "@lodge/core";
import type { Client, SFTPWrapper, Stats } from "ssh2";

/** Opens a file session in a guest over its ssh connection. */
export function openGuestFiles(client: Client): Promise<GuestFiles> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error ? reject(error) : resolve(new SftpFiles(sftp))));
  });
}

type Callback<T> = (error: Error | null | undefined, value: T) => void;

class SftpFiles implements GuestFiles {
  readonly #sftp: SFTPWrapper;

  constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp;
    sftp.on("error", () => undefined);
  }

  async stat(path: string): Promise<GuestFileInfo> {
    const stats = await ask<Stats>(path, (done) => this.#sftp.lstat(path, done));
    const type = fileType(path, stats);
    const target = type === "symlink" ? { target: await this.#readLink(path) } : {};
    return { type, uid: stats.uid, gid: stats.gid, mode: stats.mode & 0o7777, size: stats.size, ...target };
  }

  async read(path: string): Promise<Readable> {
    await this.#mustBeFile(path);
    const handle = await ask<Buffer>(path, (done) => this.#sftp.open(path, "r", done));
    return this.#sftp.createReadStream(path, { handle } as object);
  }

  async list(path: string): Promise<string[]> {
    const entries = await ask<{ filename: string }[]>(path, (done) => this.#sftp.readdir(path, done));
    const names = entries.map(({ filename }) => filename);
    return names.filter((name) => name !== "." && name !== "..").sort();
  }

  async write(path: string, content: Readable, attributes: GuestFileAttributes, append = false): Promise<void> {
    const existed = await this.#exists(path);
    if (existed) await this.#mustBeFile(path);
    const flags = append ? "a" : "w";
    const handle = await ask<Buffer>(path, (done) => this.#sftp.open(path, flags, { mode: 0o600 }, done));
    const stream = this.#sftp.createWriteStream(path, { handle, flags } as object);
    await pipeline(content, stream).catch((error: unknown) => {
      throw fileError(path, error);
    });
    await this.#setAttributes(path, existed ? attributes : { mode: 0o644, ...attributes });
  }

  async makeDirectory(path: string, attributes: GuestFileAttributes): Promise<void> {
    await ask<void>(path, (done) => this.#sftp.mkdir(path, (error) => done(error, undefined)));
    await this.#setAttributes(path, { mode: 0o755, ...attributes });
  }

  /** A link has no mode of its own. Its owner is changed by an extension that OpenSSH has since 8.0. */
  async makeSymlink(path: string, target: string, { uid, gid }: GuestFileAttributes): Promise<void> {
    await ask<void>(path, (done) => this.#sftp.symlink(target, path, (error) => done(error, undefined)));
    if (uid === undefined && gid === undefined) return;
    const owner = { uid: uid ?? 0, gid: gid ?? 0 };
    await ask<void>(path, (done) => this.#sftp.ext_openssh_lsetstat(path, owner, (error) => done(error, undefined)));
  }

  async remove(path: string): Promise<void> {
    const stats = await ask<Stats>(path, (done) => this.#sftp.lstat(path, done));
    await ask<void>(path, (done) => {
      const finished = (error: Error | null | undefined) => done(error, undefined);
      return stats.isDirectory() ? this.#sftp.rmdir(path, finished) : this.#sftp.unlink(path, finished);
    });
  }

  async close(): Promise<void> {
    this.#sftp.end();
  }

  #readLink(path: string): Promise<string> {
    return ask<string>(path, (done) => this.#sftp.readlink(path, done));
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await ask<Stats>(path, (done) => this.#sftp.stat(path, done));
      return true;
    } catch (error) {
      if (error instanceof LodgeError && error.code === "file_not_found") return false;
      throw error;
    }
  }

  async #mustBeFile(path: string): Promise<void> {
    const stats = await ask<Stats>(path, (done) => this.#sftp.stat(path, done));
    if (!stats.isFile()) throw invalid(path, "is not a regular file");
  }

  /** The owner first: a change of owner takes the set-user-id bits away. */
  async #setAttributes(path: string, { uid, gid, mode }: GuestFileAttributes): Promise<void> {
    if (uid !== undefined || gid !== undefined) {
      const stats = await ask<Stats>(path, (done) => this.#sftp.stat(path, done));
      const owner = { uid: uid ?? stats.uid, gid: gid ?? stats.gid };
      await ask<void>(path, (done) => this.#sftp.setstat(path, owner, (error) => done(error, undefined)));
    }
    if (mode !== undefined) {
      await ask<void>(path, (done) => this.#sftp.setstat(path, { mode }, (error) => done(error, undefined)));
    }
  }
}

/** One SFTP request: its callback as a promise, its failure as ours. The session's end is a failure too. */
function ask<T>(path: string, request: (done: Callback<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      request((error, value) => (error ? reject(fileError(path, error)) : resolve(value)));
    } catch (error) {
      reject(fileError(path, error));
    }
  });
}

/** Status codes of the SFTP protocol. */
const noSuchFile = 2;
const permissionDenied = 3;
const failure = 4;

function fileError(path: string, error: unknown): LodgeError {
  if (error instanceof LodgeError) return error;
  const { code, message } = error as { code?: unknown; message?: string };
  switch (code) {
    case noSuchFile:
      return new LodgeError({
        code: "file_not_found",
        message: `There is no ${path} in the instance.`,
        cause: error,
      });
    case permissionDenied:
    case failure:
      return invalid(path, `does not allow this (${message}): is it of another kind, not empty, or read-only?`, error);
    default:
      return new LodgeError({
        code: "instance_not_ready",
        message: `The guest did not answer about ${path}: ${message}.`,
        cause: error,
      });
  }
}

function invalid(path: string, what: string, cause?: unknown): LodgeError {
  return new LodgeError({ code: "file_invalid", message: `${path} ${what}`, cause });
}

function fileType(path: string, stats: Stats): GuestFileType {
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFile()) return "file";
  throw invalid(path, "is a device, socket or pipe");
}
