/**
 * Makes one upper directory of several that lie over each other: what stands on it sees what it saw before. Files are not copied but linked.
 * So it may stay only where the others go, or is to be copied: programs in a guest (cron, logrotate) refuse files that have two names.
 */
import { chmod, chown, link, lstat, mkdir, readdir, utimes } from "node:fs/promises";
import { readAttributes, writeAttribute } from "../../../system/extended-attributes.ts";
import { bytesOf, inDirectory, type RawPath, rawPath } from "./raw-path.ts";
import { opaqueAttribute, redirectAttribute, type StackedDirectory, StackedLayers } from "./stacked-layers.ts";

export interface UpperMerge {
  /** Each over the next, what stands for the image last. */
  readonly directories: readonly string[];
  /** So many of them become one. */
  readonly merged: number;
}

/** How many files are linked at once. */
const batch = 32;

/** Makes `target`, which is not there yet. When it fails or is aborted, what was made is left. */
export async function mergeUppers(
  { directories, merged }: UpperMerge,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const layers = new StackedLayers(directories.map(rawPath), merged);
  await new Merging(layers, signal).make(layers.root, rawPath(target), layers.root.beneath);
}

class Merging {
  readonly #layers: StackedLayers;
  readonly #signal: AbortSignal;

  constructor(layers: StackedLayers, signal: AbortSignal) {
    this.#layers = layers;
    this.#signal = signal;
  }

  /** `expected`: what the kernel would go on with beneath if it were told nothing; undefined: it would not. */
  async make(directory: StackedDirectory, target: RawPath, expected: RawPath | undefined): Promise<void> {
    this.#signal.throwIfAborted();
    const parts = directory.parts.slice(0, this.#layers.upper).filter((part) => part !== undefined);
    const [top] = parts;
    if (!top) return;
    await mkdir(bytesOf(target), { mode: 0o700 });
    const { plain, others } = await namesIn(parts);
    for (let first = 0; first < plain.length; first += batch) {
      const links = plain.slice(first, first + batch);
      await Promise.all(links.map(([name, path]) => link(bytesOf(path), bytesOf(inDirectory(target, name)))));
    }
    for (const name of others) await this.#makeOther(directory, name, inDirectory(target, name));
    // Last: what is made in it would change its times, and take over its default access list.
    await takeAttributes(top, target, beneathAttribute(directory.beneath, expected));
  }

  /** A whiteout that hides nothing any more is left out: where nothing lies beneath, it would be seen. */
  async #makeOther(directory: StackedDirectory, name: string, target: RawPath): Promise<void> {
    const found = await this.#layers.find(directory, name);
    if (found?.kind === "directory") {
      const expected = directory.beneath && inDirectory(directory.beneath, name);
      await this.make(found.directory, target, expected);
      return;
    }
    const hidden = found?.kind === "whiteout" && (await this.#layers.find(directory, name, this.#layers.upper));
    const needless = found?.kind === "whiteout" && (!hidden || hidden.kind === "whiteout");
    if (found && !needless) await link(bytesOf(found.path), bytesOf(target));
  }
}

interface Names {
  /** What is of no further interest, and where it lies. */
  readonly plain: readonly (readonly [string, RawPath])[];
  /** Directories, and what may be a whiteout. */
  readonly others: readonly string[];
}

/** Of directories that lie over each other. */
async function namesIn(parts: readonly RawPath[]): Promise<Names> {
  const plain = new Map<string, RawPath>();
  const others = new Set<string>();
  for (const part of parts) {
    for (const entry of await readdir(bytesOf(part), { encoding: "latin1", withFileTypes: true })) {
      const { name } = entry;
      if (plain.has(name) || others.has(name)) continue;
      if (entry.isDirectory() || entry.isCharacterDevice()) others.add(name);
      else plain.set(name, inDirectory(part, name));
    }
  }
  return { plain: [...plain], others: [...others] };
}

/** What tells the kernel with what a directory goes on beneath. */
function beneathAttribute(beneath: RawPath | undefined, expected: RawPath | undefined): readonly [string, Buffer][] {
  if (beneath === expected) return [];
  return beneath === undefined ? [[opaqueAttribute, Buffer.from("y")]] : [[redirectAttribute, bytesOf(beneath)]];
}

async function takeAttributes(from: RawPath, to: RawPath, beneath: readonly [string, Buffer][]): Promise<void> {
  const [source, target] = [bytesOf(from), bytesOf(to)];
  const { uid, gid, mode, atimeNs, mtimeNs } = await lstat(source, { bigint: true });
  await chown(target, Number(uid), Number(gid));
  await chmod(target, Number(mode) & 0o7777);
  const own = [...readAttributes(source)].filter(([name]) => name !== opaqueAttribute && name !== redirectAttribute);
  for (const [name, value] of [...own, ...beneath]) writeAttribute(target, name, value);
  await utimes(target, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9);
}
