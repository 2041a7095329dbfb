/** The files of a disk in use, as QEMU tells of them. */
import { normalize } from "node:path";
import type { BlockImage } from "@lodge/qmp";

/**
 * The path of the file beneath a block node. QEMU gives it as it was opened (`…/layers/a/../b/disk.qcow2`), or, when the node has another
 * backing file than its header says, as `json:` with the node's options.
 */
export function filePath(filename: string): string | undefined {
  if (!filename.startsWith("json:")) return normalize(filename);
  try {
    const options = JSON.parse(filename.slice("json:".length)) as { readonly file?: { readonly filename?: unknown } };
    const path = options.file?.filename;
    return typeof path === "string" ? normalize(path) : undefined;
  } catch {
    return undefined;
  }
}

/** From the top. */
export function chainPaths(image: BlockImage): string[] {
  const below = image["backing-image"];
  const path = filePath(image.filename);
  return [...(path === undefined ? [] : [path]), ...(below ? chainPaths(below) : [])];
}

/** What lies between two files of a chain; without `base`: down to its end. */
export function between(chain: readonly string[], into: string, base: string | undefined): string[] {
  const from = chain.indexOf(into);
  const to = base === undefined ? chain.length : chain.indexOf(base);
  return from < 0 || to < 0 ? [] : chain.slice(from + 1, to);
}
