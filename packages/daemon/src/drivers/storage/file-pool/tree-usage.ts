import { LodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";

/** Bytes that a tree of files takes, counted file by file. */
export async function treeUsage(tree: string): Promise<number> {
  const text = await run("du", ["--summarize", "--block-size=1", "--one-file-system", "--", tree], {
    timeout: 300_000,
    code: "pool_failed",
  });
  const bytes = Number.parseInt(text, 10);
  if (Number.isNaN(bytes)) throw new LodgeError({ code: "pool_failed", message: `du printed no number: ${text}` });
  return bytes;
}
