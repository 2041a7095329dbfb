import { run } from "../../system/run.ts";

/** Removes what is in a directory, and not the directory. What is mounted in it stays. */
export async function emptyDirectory(path: string): Promise<void> {
  await run("find", [path, "-xdev", "-mindepth", "1", "-delete"], {
    timeout: 3_600_000,
    bound: true,
    code: "pool_failed",
  });
}
