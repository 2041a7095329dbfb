import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import type { QmpClient } from "@lodge/qmp";

/** Larger than any picture of a standard VGA screen. */
const pictureLimit = 64 * 2 ** 20;

/** Takes the VGA screen as PNG, by way of a directory in which QEMU's user may write. */
export async function takeScreenshot(qmp: QmpClient, directory: string): Promise<Buffer> {
  const path = join(directory, `${randomBytes(6).toString("hex")}.png`);
  try {
    await qmp.execute("screendump", { filename: path, format: "png" });
    return await readPicture(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** QEMU is not trusted with what stands at the path: no link is followed and nothing but a file of sane size is read. */
async function readPicture(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.nlink !== 1 || stats.size > pictureLimit) {
      throw new LodgeError({ code: "instance_operation_failed", message: "QEMU's screenshot is no plain file." });
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
