import { LodgeError } from "@lodge/api";
import { KeyedLock } from "../instances/lock.ts";
import type { ImageFiles } from "../storage/pool.ts";
import type { Tables } from "../store.ts";
import type { ImageStore } from "./image-store.ts";
import { rowsOfImage } from "./of-project.ts";

export interface SharedImageFilesDependencies {
  readonly store: Pick<Tables, "images">;
  readonly files: ImageStore;
  readonly now: () => Date;
}

/** The files of images, which all projects that have an image share. */
export class SharedImageFiles {
  readonly #deps: SharedImageFilesDependencies;
  readonly #users = new Map<string, number>();
  /** By fingerprint: keeping, using and deleting an image exclude each other. */
  readonly lock = new KeyedLock<string>();

  constructor(deps: SharedImageFilesDependencies) {
    this.#deps = deps;
  }

  isUsed(fingerprint: string): boolean {
    return (this.#users.get(fingerprint) ?? 0) > 0;
  }

  /** Works with an image's files while nobody can delete them. */
  async use<T>(fingerprint: string, work: (files: ImageFiles) => Promise<T>): Promise<T> {
    const { store, files, now } = this.#deps;
    const { type, split } = await this.lock.run(fingerprint, async () => {
      const [found] = await rowsOfImage(store, fingerprint);
      if (!found) throw gone(fingerprint);
      this.#users.set(fingerprint, (this.#users.get(fingerprint) ?? 0) + 1);
      return found;
    });
    try {
      const { rootfs } = files.locate(fingerprint, split);
      const result = await work({ fingerprint, type, rootfs });
      for (const row of await rowsOfImage(store, fingerprint)) await store.images.put({ ...row, lastUsedAt: now() });
      return result;
    } finally {
      this.#users.set(fingerprint, (this.#users.get(fingerprint) ?? 1) - 1);
    }
  }

  /** At daemon start: files of half-made images go. */
  async recover(): Promise<void> {
    await this.#deps.files.reconcile((await this.#deps.store.images.list()).map(({ fingerprint }) => fingerprint));
  }
}

export function gone(fingerprint: string): LodgeError {
  return new LodgeError({
    code: "image_not_found",
    message: `Image ${fingerprint.slice(0, 12)} does not exist on this host any more.`,
  });
}
