import { LodgeError } from "@lodge/api";
import { closingBy } from "../instances/closing-files.ts";
import type { GuestFiles } from "../instances/driver.ts";
import type { VolumeId } from "../storage/volumes.ts";
import type { VolumeDependencies } from "./dependencies.ts";
import { findVolume, requireRestored, type VolumeName, volumesOf } from "./find.ts";

/** Makes the files beneath a directory those of a volume: `path` is their root, out of which nothing leads. */
export type OpenFiles = (path: string, volume: string) => GuestFiles;

/**
 * Files of volumes that somebody reads and writes by the API, whether instances run with the volume or not. What takes away or replaces
 * what a volume holds ends them first.
 */
export class VolumeFiles {
  readonly #openFiles: OpenFiles;
  readonly #open = new Map<VolumeId, Set<GuestFiles>>();

  constructor(openFiles: OpenFiles) {
    this.#openFiles = openFiles;
  }

  async open(deps: VolumeDependencies, wanted: VolumeName): Promise<GuestFiles> {
    const { id } = await findVolume(deps.store, wanted);
    return deps.volumeLock.run(id, async () => {
      const volume = await findVolume(deps.store, wanted);
      requireRestored(volume);
      if (volume.contentType !== "filesystem") {
        throw new LodgeError({
          code: "not_supported",
          message: `Volume "${volume.name}" is a disk (${volume.contentType}): what is on it is reached in a virtual machine that it is attached to.`,
        });
      }
      const path = await volumesOf(deps, volume.pool).path(volume.id);
      return this.#track(volume.id, this.#openFiles(path, volume.name));
    });
  }

  isOpen(volume: VolumeId): boolean {
    return this.#open.has(volume);
  }

  /** Nobody has files of the volume open any more. The caller holds its lock, so that nobody opens them anew. */
  async end(volume: VolumeId): Promise<void> {
    await Promise.all([...(this.#open.get(volume) ?? [])].map((files) => files.close()));
  }

  #track(volume: VolumeId, files: GuestFiles): GuestFiles {
    const open = this.#open.get(volume) ?? new Set();
    this.#open.set(volume, open);
    const tracked = closingBy(files, async () => {
      await files.close();
      open.delete(tracked);
      if (open.size === 0 && this.#open.get(volume) === open) this.#open.delete(volume);
    });
    open.add(tracked);
    return tracked;
  }
}
