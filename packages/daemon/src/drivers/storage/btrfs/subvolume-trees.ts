/** Files of volumes as subvolumes: keeping, restoring and copying are snapshots, and take no longer for many files than for few. */
import { chmod } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { VolumeId } from "@lodge/core";
import { askOnce } from "../../../system/ask-once.ts";
import { run } from "../../../system/run.ts";
import { createSubvolume, isSubvolume, setReadOnly, snapshotSubvolume } from "../../../system/subvolumes.ts";
import { copyTree, type TreeOrigin, type VolumeTrees } from "../file-pool/volume-trees.ts";
import { hasQuotas, limitSubvolume, noQuotas } from "./qgroups.ts";
import { receiveSubvolume } from "./receive-subvolume.ts";
import { sendSubvolume } from "./send-subvolume.ts";

/** Of the pool in this directory. */
export function subvolumeTrees(directory: string): VolumeTrees {
  const quotas = askOnce(() => hasQuotas(directory));
  const refusal = async () => ((await quotas()) ? undefined : noQuotas);
  return {
    refusal,
    async make(path, { size }, from) {
      const shared = from && (await canSnapshot(from));
      if (shared) await snapshotSubvolume(from.path, path, "writable");
      else {
        await createSubvolume(path);
        await chmod(path, 0o711);
      }
      if (await quotas()) await limitSubvolume(path, size);
      if (from && !shared) await copyTree(from, path);
    },
    async keep(path, from) {
      if (await canSnapshot(from)) return snapshotSubvolume(from.path, path, "readonly");
      await createSubvolume(path);
      await copyTree(from, path);
      await setReadOnly(path, true);
    },
    async limit(path, { id, size }) {
      if (!(await isSubvolume(path))) {
        if (size === undefined) return;
        throw madeBefore(id);
      }
      await limitSubvolume(path, size);
      await liftGroup(directory, id);
    },
    forget: () => Promise.resolve(),
    streams: { has: isSubvolume, send: sendSubvolume, receive: receiveSubvolume },
  };
}

/** Snapshots of what is no subvolume were made by an older Lodge, or before the pool had quotas. */
const canSnapshot = ({ path, isOwn }: TreeOrigin): Promise<boolean> =>
  isOwn ? isSubvolume(path) : Promise.resolve(false);

/** The limit that an older Lodge gave a volume by a group of its own. */
async function liftGroup(directory: string, id: VolumeId): Promise<void> {
  const group = `1/${Number.parseInt(id, 16)}`;
  await run("btrfs", ["qgroup", "limit", "none", group, directory]).catch(() => undefined);
}

function madeBefore(id: VolumeId): LodgeError {
  return new LodgeError({
    code: "pool_size_unsupported",
    message: `Volume ${id} was made before its pool had quotas, and cannot be limited: copy it, and limit the copy.`,
  });
}
