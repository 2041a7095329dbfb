import { run } from "../../../system/run.ts";

/**
 * Makes one tree of files what another one is: with owners, attributes, links and device nodes. Files whose content is the same stay as
 * they are; times and sizes alone do not tell that.
 */
export async function mirrorTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  const kept = ["--archive", "--hard-links", "--acls", "--xattrs", "--numeric-ids", "--sparse", "--checksum"];
  const args = [...kept, "--delete", "--one-file-system", "--quiet", "--", `${from}/`, `${to}/`];
  await run("rsync", args, { timeout: 24 * 3_600_000, signal, bound: true, code: "pool_failed" });
}
