/** Sizes of volumes of files: each is a subvolume in a quota group of the volume's own, which the limit is set on. */
import { chmod, rmdir, stat } from "node:fs/promises";
import type { VolumeId } from "@lodge/core";
import { askOnce } from "../../../system/ask-once.ts";
import { run } from "../../../system/run.ts";
import type { VolumeLimits } from "../file-pool/file-volumes.ts";
import { hasQuotas, noQuotas } from "./qgroups.ts";

const failing = { code: "pool_failed" } as const;

/** Of the pool in this directory. */
export function subvolumeLimits(directory: string): VolumeLimits {
  const quotas = askOnce(() => hasQuotas(directory));
  return {
    refusal: async () => ((await quotas()) ? undefined : noQuotas),
    async count(path, id) {
      const { mode } = await stat(path);
      // It may be there from a making that was interrupted.
      await run("btrfs", ["qgroup", "create", groupOf(id), directory], failing).catch(() => undefined);
      await rmdir(path);
      await run("btrfs", ["subvolume", "create", "-i", groupOf(id), path], failing);
      await chmod(path, mode & 0o7777);
    },
    async set(id, bytes) {
      const limit = run(
        "btrfs",
        ["qgroup", "limit", bytes === undefined ? "none" : `${bytes}`, groupOf(id), directory],
        failing,
      );
      // Without a limit there need not be a group.
      await (bytes === undefined ? limit.catch(() => undefined) : limit);
    },
  };
}

/** An id is a number already. */
function groupOf(id: VolumeId): string {
  return `1/${Number.parseInt(id, 16)}`;
}
