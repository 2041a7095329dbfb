import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "@lodge/core";

/** Turns QEMU's refusals into ours. */
export async function asOperation<T>(id: InstanceId, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof LodgeError) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new LodgeError({
      code: "instance_operation_failed",
      message: `QEMU of the instance ${id} refused: ${words}.`,
      cause: error,
    });
  }
}

/** What an instance is not asked for in the state it is in: `wrongState("web", "is not running; start it first")`. */
export function wrongState(instance: string, problem: string): LodgeError {
  return new LodgeError({ code: "instance_wrong_state", message: `The instance ${instance} ${problem}.` });
}
