/** How large a container's root may grow: by a project of its own, where the file system has project quotas. */
import type { InstanceId } from "@lodge/core";
import { enforcesProjectQuota, joinProject, limitProject } from "../../../system/project-quota.ts";

export interface SizeLimits {
  /** Whether the file system enforces them. Asked once. */
  supported(): Promise<boolean>;
  /** Counts all that will be made in the directory for this instance. */
  count(directory: string, id: InstanceId): Promise<void>;
  /** Sets or (without bytes) lifts the limit. */
  set(id: InstanceId, bytes?: number): Promise<void>;
}

/** Of the file system that holds this directory. */
export function sizeLimits(directory: string): SizeLimits {
  let supported: Promise<boolean> | undefined;
  return {
    supported: () => {
      supported ??= enforcesProjectQuota(directory);
      return supported;
    },
    count: (data, id) => joinProject(data, projectOf(id)),
    set: (id, bytes) => limitProject(directory, projectOf(id), bytes ?? 0),
  };
}

/** An instance's id is a number already. 0 is everybody's project, the last one is none. */
export function projectOf(id: InstanceId): number {
  return Math.min(Math.max(Number.parseInt(id, 16), 1), 0xffff_fffe);
}
