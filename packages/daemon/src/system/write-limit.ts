import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { errorCode, isGone, writeControl } from "./cgroup-tree.ts";

export interface LimitFile {
  readonly file: string;
  /** Missing: no limit. */
  readonly value: number | string | undefined;
  /** What takes a limit away. */
  readonly none: number | string;
}

/** Whether the group has such a file. The kernel knows why it refuses a value, and says little. */
export async function writeLimit(group: string, { file, value, none }: LimitFile): Promise<boolean> {
  try {
    await writeControl(join(group, file), value ?? none);
    return true;
  } catch (cause) {
    if (isGone(cause)) return false;
    if (!["EINVAL", "ERANGE", "EBUSY"].includes(errorCode(cause) ?? "")) throw cause;
    throw new LodgeError({
      code: "instance_operation_failed",
      message: `The kernel refuses ${value ?? "to unset"} ${file}: groups that were made inside the instance may have more.`,
      cause,
    });
  }
}
