import { createInterface } from "node:readline";
import type { ImageCompression } from "@lodge/api";
import type { Progress } from "@lodge/core";
import { execa } from "execa";
import { toolError } from "../../../system/run.ts";
import { packFailure } from "./failure.ts";

const program = "mksquashfs";
const options = ["-noappend", "-quiet"];

export interface DirectoryToPack {
  readonly root: string;
  readonly target: string;
  readonly compression: ImageCompression;
}

function compressionOptions(compression: ImageCompression): string[] {
  if (compression === "none") return ["-noI", "-noD", "-noF", "-noX"];
  return ["-comp", compression, ...(compression === "zstd" ? ["-Xcompression-level", "3"] : [])];
}

/** Packs a root file system with its owners, modes and attributes as they are. */
export async function packDirectory(
  { root, target, compression }: DirectoryToPack,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  // Ends with the daemon, however that ends.
  const child = execa(
    "setpriv",
    ["--pdeathsig=KILL", "--", program, root, target, ...options, ...compressionOptions(compression)],
    {
      stdin: "ignore",
      buffer: { stdout: false, stderr: true },
      reject: false,
      timeout: 6 * 3_600_000,
      cancelSignal: signal,
      killSignal: "SIGKILL",
    },
  );
  // Its bar is drawn over itself, and ends with how far it is.
  createInterface({ input: child.stdout }).on("line", (line) => {
    const percent = /(\d+)%$/.exec(line.trim())?.[1];
    if (percent !== undefined) progress(Number(percent));
  });
  const result = await child;
  signal.throwIfAborted();
  if (!result.failed) return;
  const words = typeof result.stderr === "string" ? result.stderr.trim() : "";
  if (result.code === "ENOENT" || words.includes(`failed to execute ${program}: No such file`))
    throw toolError(program, [], { code: "ENOENT" }, "pool_failed");
  throw packFailure(words.slice(-600) || (result.shortMessage ?? ""), result);
}
