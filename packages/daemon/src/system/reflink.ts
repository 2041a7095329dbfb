import { constants } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Whether copies of files in this directory can share their data (FICLONE), as on btrfs and XFS. Looks by doing it. */
export async function sharesData(directory: string): Promise<boolean> {
  const scratch = await mkdtemp(join(directory, ".reflink-"));
  try {
    await writeFile(join(scratch, "one"), Buffer.alloc(4096, 1));
    await copyFile(join(scratch, "one"), join(scratch, "two"), constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
