/** How large a container's root or a volume may grow: by a project of its own, where the file system has project quotas. */
import type { InstanceId, VolumeId } from "@lodge/core";
import { askOnce } from "../../../system/ask-once.ts";
import { enforcesProjectQuota, joinProject, limitProject } from "../../../system/project-quota.ts";

/** Why there are none, as the end of a sentence. */
export const noLimits =
  "the file system of the pool has no project quotas (ext4 with the features project and quota, mounted with prjquota, or XFS mounted with pquota)";

export interface SizeLimits {
  /** Whether the file system enforces them. Asked once. */
  supported(): Promise<boolean>;
  /** Counts all that will be made in the directory for this instance or volume. */
  count(directory: string, id: InstanceId | VolumeId): Promise<void>;
  /** Sets or (without bytes) lifts the limit. */
  set(id: InstanceId | VolumeId, bytes?: number): Promise<void>;
}

/** Of the file system that holds this directory. */
export function sizeLimits(directory: string): SizeLimits {
  return {
    supported: askOnce(() => enforcesProjectQuota(directory)),
    count: (data, id) => joinProject(data, projectOf(id)),
    set: (id, bytes) => limitProject(directory, projectOf(id), bytes ?? 0),
  };
}

/** An instance's or volume's id is a number already. 0 is everybody's project, the last one is none. */
export function projectOf(id: InstanceId | VolumeId): number {
  return Math.min(Math.max(Number.parseInt(id, 16), 1), 0xffff_fffe);
}
