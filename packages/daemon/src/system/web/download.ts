/** Brings one file whose length and hash are known, also over lines that break. */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { ask, type WebRequest } from "./ask.ts";
import { type Pace, paced, slowest } from "./paced.ts";
import { unreachable, untrue } from "./web-error.ts";

export interface WebFile extends WebRequest {
  /** A new file. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Told how many bytes have come, all together. */
  readonly received: (bytes: number) => void;
}

export interface DownloadSurroundings {
  /** Resolves after so many milliseconds; rejects when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  readonly pace?: Pace;
}

/** Attempts that bring nothing, one after the other, until it is given up. */
const patience = 4;
/** Attempts in all: a server that sends a little each time is not asked for ever. */
const mostAttempts = 50;

/** What is wrong stays at `path` for its owner to remove. `image_server_unreachable`, `image_server_invalid`, `pool_full`. */
export async function download(file: WebFile, { wait, pace = slowest }: DownloadSurroundings): Promise<void> {
  const { url, path, size, sha256, signal } = file;
  await using target = await open(path, "wx", 0o600);
  let state: Progress = { hash: createHash("sha256"), done: 0 };
  for (let failures = 0, attempts = 1; ; attempts++) {
    const before = state.done;
    try {
      state = await attempt(file, state, target, pace);
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof BrokenOff)) throw error;
      state = error.state;
      failures = state.done > before ? 1 : failures + 1;
      if (failures >= patience || attempts >= mostAttempts)
        throw unreachable(url, `${error.why} at ${state.done} of ${size} bytes of ${url.pathname}`, error.cause);
      await wait(500 * 2 ** failures, signal);
    }
  }
  const found = state.hash.digest("hex");
  if (found !== sha256) throw untrue(url, `${url.pathname} hashes to ${found} and not to ${sha256}`);
}

interface Progress {
  readonly hash: ReturnType<typeof createHash>;
  readonly done: number;
}

/** Another attempt may go on from where this one ended. */
class BrokenOff extends Error {
  readonly state: Progress;
  readonly why: string;
  constructor(state: Progress, why: string, cause?: unknown) {
    super(why, { cause });
    this.state = state;
    this.why = why;
  }
}

async function attempt(file: WebFile, { hash, done }: Progress, target: FileHandle, pace: Pace): Promise<Progress> {
  const { url, size, received } = file;
  const range = done > 0 ? { range: `bytes=${done}-` } : undefined;
  const { status, headers, body } = await ask({
    ...file,
    ...(range && { headers: { ...file.headers, ...range } }),
  }).catch((error: unknown) => {
    if (error instanceof LodgeError && done > 0) throw new BrokenOff({ hash, done }, "it broke off", error);
    throw error;
  });
  if (status >= 500 && done > 0) {
    body.destroy();
    throw new BrokenOff({ hash, done }, `it answers ${status}`);
  }
  const goesOn = status === 206 && String(headers["content-range"] ?? "").startsWith(`bytes ${done}-`);
  if (status !== 200 && !(range && goesOn)) {
    body.destroy();
    throw unreachable(url, `it answers ${status} for ${url.pathname}`);
  }
  if (status === 200 && done > 0) {
    // It cannot go on: from the beginning.
    [hash, done] = [createHash("sha256"), 0];
    await target.truncate(0);
  }
  try {
    const failures = {
      slow: (why: string) => new Error(why),
      long: (why: string) => untrue(url, `${why} (${url.pathname})`),
    };
    for await (const piece of paced(body, size - done, failures, pace)) {
      await write(target, piece, done);
      hash.update(piece);
      done += piece.length;
      received(done);
    }
  } catch (error) {
    if (error instanceof LodgeError) throw error;
    throw new BrokenOff({ hash, done }, "it broke off", error);
  }
  if (done < size) throw new BrokenOff({ hash, done }, "it ended early");
  return { hash, done };
}

async function write(target: FileHandle, piece: Buffer, position: number): Promise<void> {
  try {
    for (let done = 0; done < piece.length; )
      done += (await target.write(piece, done, piece.length - done, position + done)).bytesWritten;
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code !== "ENOSPC" && code !== "EDQUOT")
      throw new LodgeError({
        code: "internal",
        message: `The image's file cannot be written: ${(cause as Error).message}.`,
        cause,
      });
    throw new LodgeError({
      code: "pool_full",
      message: "The image does not fit on the file system of LODGE_DIR; what had been received was removed.",
      cause,
    });
  }
}
