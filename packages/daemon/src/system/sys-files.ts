/** Readers of /sys and the like, where what is not there says nothing. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

/** Without the newline at its end; empty when it cannot be read. */
export async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
}

/** 0 when there is none. */
export async function readNumber(path: string): Promise<number> {
  const text = await readText(path);
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** Sorted, with numbers by their value; none of what is not there. */
export async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((): string[] => []);
  return names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** The name of what a link leads to. */
export async function linkedName(path: string): Promise<string | undefined> {
  return readlink(path).then(basename, () => undefined);
}
