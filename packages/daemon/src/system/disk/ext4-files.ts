/**
 * Files out of an ext4 file system that nobody has vouched for. It is never mounted: debugfs reads it, as nobody, with
 * bounds on time and output.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { text as readText } from "node:stream/consumers";
import { toolError } from "../run.ts";

const largestFile = 512 * 1024 * 1024;
const nobody = "65534";

/** `unreadable`: damaged, empty, or not a regular file. */
export type Extraction = "whole" | "missing" | "unreadable";

/** Writes a regular file of the image to `target`. Symbolic links are not followed. */
export async function extractFile(
  image: string,
  path: string,
  target: string,
  signal: AbortSignal,
): Promise<Extraction> {
  // debugfs would take other characters for quotes, options or inode numbers.
  if (!/^(\/[A-Za-z0-9._+~-]+)+$/.test(path)) return "unreadable";
  await using source = await open(image, "r");
  await using output = await open(target, "w", 0o600);
  const sandbox = [
    "--reuid",
    nobody,
    "--regid",
    nobody,
    "--clear-groups",
    "--no-new-privs",
    "prlimit",
    `--fsize=${largestFile}`,
  ];
  await source.chmod(0o644);
  // Its standard input is the image: by a path of its own it would have to pass through root's directories.
  const args = [...sandbox, "debugfs", "-R", `cat ${path}`, "/proc/self/fd/0"];
  const complaints = await runBetween(source.fd, output.fd, "setpriv", args, signal);
  if (complaints.some((line) => line.includes("File not found by ext2_lookup"))) return "missing";
  return complaints.length === 0 && (await output.stat()).size > 0 ? "whole" : "unreadable";
}

/** Runs debugfs between two descriptors, which execa does not take, and returns what it complained of. */
async function runBetween(stdin: number, stdout: number, file: string, args: readonly string[], signal: AbortSignal) {
  const child = spawn(file, args, { stdio: [stdin, stdout, "pipe"], timeout: 120_000, signal });
  try {
    const [stderr] = await Promise.all([child.stderr ? readText(child.stderr) : "", once(child, "close")]);
    // debugfs says its version first, and has no exit status for a failed command.
    return stderr.split("\n").filter((line) => line !== "" && !/^debugfs \d/.test(line));
  } catch (error) {
    throw toolError("debugfs", args, error, "pool_failed");
  }
}

/** The UUID of an ext2, ext3 or ext4 file system by its superblock; undefined when it is none. */
export async function fileSystemUuid(image: string): Promise<string | undefined> {
  await using file = await open(image, "r");
  const superblock = Buffer.alloc(1024);
  const { bytesRead } = await file.read(superblock, 0, 1024, 1024);
  if (bytesRead < 1024 || superblock.readUInt16LE(0x38) !== 0xef53) return undefined;
  return superblock.toString("hex", 0x68, 0x78).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
