import { constants } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { askOnce } from "./ask-once.ts";

/**
 * Whether copies of files in a directory, which need not be there yet, can share their data (FICLONE), as on btrfs and XFS. Looks by doing
 * it, once; while the file system is so full that this cannot be told, the answer is that they cannot.
 */
export function sharesData(directory: () => string): () => Promise<boolean> {
  const ask = askOnce(() => clones(directory()));
  return () =>
    ask().catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOSPC" || error.code === "EDQUOT") return false;
      throw error;
    });
}

async function clones(directory: string): Promise<boolean> {
  const scratch = await mkdtemp(join(directory, ".reflink-"));
  try {
    await writeFile(join(scratch, "one"), Buffer.alloc(4096, 1));
    return await copyFile(join(scratch, "one"), join(scratch, "two"), constants.COPYFILE_FICLONE_FORCE).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
