/** Files of volumes as directories, each volume's counted as a project where the file system has such quotas. */
import { mkdir } from "node:fs/promises";
import { copyTree, linkTree, type VolumeTrees } from "../file-pool/volume-trees.ts";
import { noLimits, type SizeLimits } from "./size-limit.ts";

export function directoryTrees(limits: SizeLimits): VolumeTrees {
  return {
    refusal: async () => ((await limits.supported()) ? undefined : noLimits),
    async make(path, { id, size }, from) {
      await mkdir(path, { mode: 0o711 });
      if (await limits.supported()) {
        await limits.count(path, id);
        await limits.set(id, size);
      }
      if (from) await copyTree(from, path);
    },
    keep: (path, from) => (from.isFixed ? linkTree(from.path, path) : copyTree(from, path)),
    limit: (_path, { id, size }) => limits.set(id, size),
    async forget(id) {
      if (await limits.supported()) await limits.set(id);
    },
  };
}
