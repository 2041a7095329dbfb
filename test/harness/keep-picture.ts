import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Keeps a screenshot in the folder LODGE_TEST_PICTURES, if that is set, for who wants to see it. */
export async function keepPicture(name: string, png: Buffer): Promise<void> {
  const folder = process.env["LODGE_TEST_PICTURES"];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.png`), png);
}
