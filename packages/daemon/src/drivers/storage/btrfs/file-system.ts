/** Making and mounting the file system of a pool. */
import { readFile } from "node:fs/promises";
import { asLodgeError, LodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";
import { invalidSource } from "../file-pool/source-directory.ts";
import { readLabel } from "./superblock.ts";

/** On what holds nothing, unless it may be overwritten. */
export async function makeFileSystem(path: string, label: string, overwrite: boolean): Promise<void> {
  await requireKernel();
  const args = ["--quiet", "--nodiscard", "--label", label, ...(overwrite ? ["--force"] : []), path];
  try {
    await run("mkfs.btrfs", args, { timeout: 300_000, code: "pool_failed" });
  } catch (error) {
    throw refusalOf(path, error);
  }
}

function refusalOf(path: string, error: unknown): unknown {
  const { message } = asLodgeError(error);
  const holds = /appears to contain an? (?:existing )?(.*?)\.?$/m.exec(message)?.[1];
  if (holds) return invalidSource(path, `it holds a ${holds}, which "source.wipe=true" would overwrite`);
  if (/is mounted|busy/i.test(message)) return invalidSource(path, "it is in use");
  return error;
}

async function requireKernel(): Promise<void> {
  await run("modprobe", ["--quiet", "btrfs"]).catch(() => undefined);
  if (/\tbtrfs$/m.test(await readFile("/proc/filesystems", "utf8"))) return;
  throw new LodgeError({
    code: "host_unsupported",
    message: "The host's kernel has no btrfs (no module of that name either); use a pool of the driver dir.",
  });
}

/** Throws `pool_unavailable` where another file system is, or none. */
export async function requireLabel(path: string, label: string): Promise<void> {
  const found = await readLabel(path).catch((error: NodeJS.ErrnoException) => {
    throw new LodgeError({
      code: "pool_unavailable",
      message: error.code === "ENOENT" ? `${path} is missing.` : `${path} cannot be read: ${error.message}.`,
      cause: error,
    });
  });
  if (found === label) return;
  const what = found === undefined ? "no btrfs" : `the btrfs "${found}"`;
  throw new LodgeError({ code: "pool_unavailable", message: `${path} holds ${what}, and not the pool.` });
}

export async function mountFileSystem(
  device: string,
  directory: string,
  options: readonly (string | undefined)[],
): Promise<void> {
  await requireKernel();
  const all = ["nodev", ...options].filter((option) => option !== undefined).join(",");
  await run("mount", ["--types", "btrfs", "--options", all, device, directory], {
    timeout: 300_000,
    code: "pool_unavailable",
  });
}
