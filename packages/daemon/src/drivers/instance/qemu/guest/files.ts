import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileEntry } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { GuestFileAttributes, GuestFileInfo, GuestFiles, GuestFileType } from "@lodge/core";
import type { Client, ClientChannel, FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";
import { byName, fileEntry } from "../../../../system/file-entry.ts";

/** Files in a guest over its ssh connection, by the SFTP server that it brings: the guest is not left. */
export function openGuestFiles(client: Client): GuestFiles {
  return new SftpFiles(client);
}

type Callback<T> = (error: Error | null | undefined, value: T) => void;

class SftpFiles implements GuestFiles {
  readonly #client: Client;
  readonly #served = new Set<Duplex>();
  #session: Promise<SFTPWrapper> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  async stat(path: string): Promise<GuestFileInfo> {
    const stats = await this.#ask<Stats>(path, (sftp, done) => sftp.lstat(path, done));
    const type = fileType(path, stats);
    const target = type === "symlink" ? { target: await this.#readLink(path) } : {};
    return { type, uid: stats.uid, gid: stats.gid, mode: stats.mode & 0o7777, size: stats.size, ...target };
  }

  async read(path: string): Promise<Readable> {
    await this.#mustBeFile(path);
    const handle = await this.#ask<Buffer>(path, (sftp, done) => sftp.open(path, "r", done));
    return (await this.#sftp()).createReadStream(path, { handle } as object);
  }

  async list(path: string): Promise<string[]> {
    return (await this.#readDirectory(path)).map(({ filename }) => filename).sort();
  }

  async entries(path: string): Promise<FileEntry[]> {
    const found = await this.#readDirectory(path);
    return found.map(({ filename, attrs }) => fileEntry(filename, { ...attrs, modified: attrs.mtime })).sort(byName);
  }

  async write(path: string, content: Readable, attributes: GuestFileAttributes, append = false): Promise<void> {
    const existed = await this.#exists(path);
    if (existed) await this.#mustBeFile(path);
    const flags = append ? "a" : "w";
    const handle = await this.#ask<Buffer>(path, (sftp, done) => sftp.open(path, flags, { mode: 0o600 }, done));
    const stream = (await this.#sftp()).createWriteStream(path, { handle, flags } as object);
    await pipeline(content, stream).catch((error: unknown) => {
      throw fileError(path, error);
    });
    await this.#setAttributes(path, existed ? attributes : { mode: 0o644, ...attributes });
  }

  async makeDirectory(path: string, attributes: GuestFileAttributes): Promise<void> {
    await this.#ask<void>(path, (sftp, done) => sftp.mkdir(path, (error) => done(error, undefined)));
    await this.#setAttributes(path, { mode: 0o755, ...attributes });
  }

  /** A link has no mode of its own. Its owner is changed by an extension that OpenSSH has since 8.0. */
  async makeSymlink(path: string, target: string, { uid, gid }: GuestFileAttributes): Promise<void> {
    await this.#ask<void>(path, (sftp, done) => sftp.symlink(target, path, (error) => done(error, undefined)));
    if (uid === undefined && gid === undefined) return;
    const owner = { uid: uid ?? 0, gid: gid ?? 0 };
    await this.#ask<void>(path, (sftp, done) =>
      sftp.ext_openssh_lsetstat(path, owner, (error) => done(error, undefined)),
    );
  }

  async remove(path: string): Promise<void> {
    const stats = await this.#ask<Stats>(path, (sftp, done) => sftp.lstat(path, done));
    await this.#ask<void>(path, (sftp, done) => {
      const finished = (error: Error | null | undefined) => done(error, undefined);
      return stats.isDirectory() ? sftp.rmdir(path, finished) : sftp.unlink(path, finished);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    // OpenSSH does not do it then, and does not say why.
    if (await this.#exists(to)) throw invalid(to, "exists already");
    await this.#ask<void>(from, (sftp, done) => sftp.rename(from, to, (error) => done(error, undefined)));
  }

  async serve(connection: Duplex): Promise<void> {
    this.#served.add(connection);
    try {
      const channel = await subsystem(this.#client);
      await pipeline(connection, channel, connection);
    } catch {
      // Whichever side went away.
    } finally {
      connection.destroy();
      this.#served.delete(connection);
    }
  }

  async close(): Promise<void> {
    for (const connection of this.#served) connection.destroy();
    (await this.#session?.catch(() => undefined))?.end();
  }

  /** Opened when it is needed. */
  #sftp(): Promise<SFTPWrapper> {
    this.#session ??= new Promise((resolve, reject) => {
      this.#client.sftp((error, sftp) => {
        if (error) return reject(error);
        sftp.on("error", () => undefined);
        resolve(sftp);
      });
    });
    return this.#session;
  }

  /** One SFTP request: its callback as a promise, its failure as ours. The session's end is a failure too. */
  async #ask<T>(path: string, request: (sftp: SFTPWrapper, done: Callback<T>) => unknown): Promise<T> {
    try {
      const sftp = await this.#sftp();
      return await new Promise((resolve, reject) => {
        request(sftp, (error, value) => (error ? reject(error) : resolve(value)));
      });
    } catch (error) {
      throw fileError(path, error);
    }
  }

  async #readDirectory(path: string): Promise<FileEntryWithStats[]> {
    const entries = await this.#ask<FileEntryWithStats[]>(path, (sftp, done) => sftp.readdir(path, done));
    return entries.filter(({ filename }) => filename !== "." && filename !== "..");
  }

  #readLink(path: string): Promise<string> {
    return this.#ask<string>(path, (sftp, done) => sftp.readlink(path, done));
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await this.#ask<Stats>(path, (sftp, done) => sftp.stat(path, done));
      return true;
    } catch (error) {
      if (error instanceof LodgeError && error.code === "file_not_found") return false;
      throw error;
    }
  }

  async #mustBeFile(path: string): Promise<void> {
    const stats = await this.#ask<Stats>(path, (sftp, done) => sftp.stat(path, done));
    if (!stats.isFile()) throw invalid(path, "is not a regular file");
  }

  /** The owner first: a change of owner takes the set-user-id bits away. */
  async #setAttributes(path: string, { uid, gid, mode }: GuestFileAttributes): Promise<void> {
    if (uid !== undefined || gid !== undefined) {
      const stats = await this.#ask<Stats>(path, (sftp, done) => sftp.stat(path, done));
      const owner = { uid: uid ?? stats.uid, gid: gid ?? stats.gid };
      await this.#ask<void>(path, (sftp, done) => sftp.setstat(path, owner, (error) => done(error, undefined)));
    }
    if (mode !== undefined) {
      await this.#ask<void>(path, (sftp, done) => sftp.setstat(path, { mode }, (error) => done(error, undefined)));
    }
  }
}

/** A connection with the guest's SFTP server on it. */
function subsystem(client: Client): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.subsys("sftp", (error, channel) => (error ? reject(error) : resolve(channel)));
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
