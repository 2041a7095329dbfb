/**
 * What overlayfs sees in directories that lie over each other, by its rules for lower layers (Linux,
 * Documentation/filesystems/overlayfs.rst: whiteouts and opaque directories, redirected directories), told apart by layers.
 */
import { lstat } from "node:fs/promises";
import { readAttribute } from "../../../system/extended-attributes.ts";
import { bytesOf, inDirectory, type RawPath } from "./raw-path.ts";

export const opaqueAttribute = "trusted.overlay.opaque";
export const redirectAttribute = "trusted.overlay.redirect";

export interface StackedDirectory {
  /** The directories that it is made of, by layer; none where a layer has none, or a higher one hides it. */
  readonly parts: readonly (RawPath | undefined)[];
  /** What it is called beneath the upper layers, from their root; missing: there is nothing of it. */
  readonly beneath?: RawPath;
}

export type Found =
  | { readonly kind: "directory"; readonly directory: StackedDirectory }
  | { readonly kind: "file" | "whiteout"; readonly path: RawPath };

export class StackedLayers {
  /** Each over the next. */
  readonly #roots: readonly RawPath[];
  /** So many of them are the upper ones. */
  readonly upper: number;

  constructor(roots: readonly RawPath[], upper: number) {
    this.#roots = roots;
    this.upper = upper;
  }

  get root(): StackedDirectory {
    return { parts: this.#roots, beneath: "/" as RawPath };
  }

  /** What is called so in a directory, in the layers from this one on; undefined: nothing. */
  async find(parent: StackedDirectory, name: string, from = 0): Promise<Found | undefined> {
    const parts: (RawPath | undefined)[] = [];
    let wanted = name;
    let beneath: RawPath | undefined;
    for (let layer = from; layer < this.#roots.length; layer++) {
      if (layer === this.upper) beneath = parent.beneath && inDirectory(parent.beneath, wanted);
      const part = parent.parts[layer];
      const found = part && (await look(inDirectory(part, wanted)));
      if (!found) continue;
      if (found.kind !== "directory") {
        if (parts.length === 0) return found;
        break;
      }
      parts[layer] = found.path;
      if (found.opaque) break;
      if (found.redirect?.startsWith("/")) {
        const rest = await this.#at(found.redirect, layer + 1);
        for (const [index, path] of rest.parts.entries()) if (index > layer) parts[index] = path;
        if (layer < this.upper) beneath = rest.beneath;
        break;
      }
      if (found.redirect) wanted = found.redirect;
    }
    if (parts.length === 0) return undefined;
    const continues = parts.slice(this.upper).some((path) => path !== undefined);
    return { kind: "directory", directory: { parts, ...(continues && beneath && { beneath }) } };
  }

  /** A directory by its path, in the layers from this one on; where there is none, it is made of nothing. */
  async #at(path: string, from: number): Promise<StackedDirectory> {
    let directory = this.root;
    for (const name of path.split("/").filter(Boolean)) {
      const found = await this.find(directory, name, from);
      if (found?.kind !== "directory") return { parts: [] };
      directory = found.directory;
    }
    return directory;
  }
}

type Seen =
  | { readonly kind: "file" | "whiteout"; readonly path: RawPath }
  | { readonly kind: "directory"; readonly path: RawPath; readonly opaque: boolean; readonly redirect?: string };

async function look(path: RawPath): Promise<Seen | undefined> {
  const bytes = bytesOf(path);
  const entry = await lstat(bytes).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!entry) return undefined;
  if (!entry.isDirectory()) return { kind: entry.isCharacterDevice() && entry.rdev === 0 ? "whiteout" : "file", path };
  const opaque = readAttribute(bytes, opaqueAttribute)?.toString() === "y";
  const redirect = readAttribute(bytes, redirectAttribute)?.toString("latin1");
  return { kind: "directory", path, opaque, ...(redirect !== undefined && { redirect }) };
}
