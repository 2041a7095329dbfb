import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { cache } from "./image-cache.ts";

/** Milliseconds. */
const timeout = 120_000;

/**
 * The files of one of Debian's packages, without what it depends on, as they would lie beneath `/`: fetched once and unpacked in a place of
 * their own. Nothing is installed and no service started. A string says why it cannot be had.
 */
export async function unpackDebianPackage(name: string): Promise<{ readonly root: string } | string> {
  const root = join(cache, "packages", name);
  if (existsSync(root)) return { root };
  await mkdir(join(cache, "packages"), { recursive: true });
  const staging = await mkdtemp(join(cache, "packages", ".new-"));
  try {
    const fetched = await runCommand("apt-get", ["download", "-q", name], { cwd: staging, timeout });
    const [file] = (await readdir(staging)).filter((each) => each.endsWith(".deb"));
    if (fetched.status !== 0 || !file)
      return `apt-get cannot fetch ${name}: ${fetched.stderr.trim().split("\n").at(-1)}`;
    const unpacked = join(staging, "root");
    const { status, stderr } = await runCommand("dpkg-deb", ["--extract", join(staging, file), unpacked], { timeout });
    if (status !== 0) return `${file} cannot be unpacked: ${stderr}`;
    await rename(unpacked, root);
    return { root };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
