import { constants, openSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { syncPath } from "../../../../system/durable.ts";

/**
 * Opens a machine's UEFI variables, which are a copy of the template at first. There is one for each template: whoever turns Secure Boot
 * off and on again finds what was there before. QEMU gets the descriptor, and no right to the directory. The caller closes it.
 */
export async function openVariables(directory: string, template: string): Promise<number> {
  const path = join(directory, basename(template));
  const flags = constants.O_RDWR | constants.O_NOFOLLOW;
  try {
    return openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await copyFile(template, `${path}.new`);
  await syncPath(`${path}.new`);
  await rename(`${path}.new`, path);
  await syncPath(directory);
  return openSync(path, flags);
}
