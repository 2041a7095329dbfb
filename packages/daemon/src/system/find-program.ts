import { stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/**
 * What stands for the file that would be started under this name: another word for each that it is replaced by. Undefined when there is
 * none.
 */
export async function findProgram(name: string, path = process.env["PATH"] ?? ""): Promise<string | undefined> {
  const places = name.includes("/") ? [name] : path.split(delimiter).map((directory) => join(directory, name));
  for (const place of places) {
    const found = await stat(place, { bigint: true }).catch(() => undefined);
    if (found?.isFile() && (found.mode & 0o111n) !== 0n) {
      return [place, found.dev, found.ino, found.size, found.mtimeNs].join(":");
    }
  }
  return undefined;
}
