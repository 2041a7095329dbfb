import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { errorCode, readControl, writeControl } from "./cgroup-tree.ts";
import { type CgroupLimits, MemoryInUse } from "./cgroups.ts";

const unlimited = -1;

/** Memory, and memory with swap, which must never be less. The kernel takes away what it can before it refuses. */
export async function limitMemoryV1(group: string, { memory, swap, swappiness }: CgroupLimits): Promise<void> {
  const memoryFile = join(group, "memory.limit_in_bytes");
  const bothFile = join(group, "memory.memsw.limit_in_bytes");
  const [memoryBefore = unlimited, bothBefore] = await Promise.all([readControl(memoryFile), readControl(bothFile)]);
  requireSwapCount(bothBefore !== undefined, memory, swap);
  const both = memory !== undefined && swap ? memory + swap.bytes : unlimited;
  const writeBoth = async (value: number | string) => {
    if (bothBefore !== undefined) await writeControl(bothFile, value);
  };
  await writeBoth(unlimited);
  try {
    await writeControl(memoryFile, memory ?? unlimited);
    await writeBoth(both);
  } catch (cause) {
    await writeControl(memoryFile, memoryBefore);
    await writeBoth(bothBefore ?? unlimited);
    throw errorCode(cause) === "EBUSY" ? new MemoryInUse(`memory of ${group} is in use`, { cause }) : cause;
  }
  const usual = await readControl(join(group, "..", "memory.swappiness"));
  if (usual !== undefined) await writeControl(join(group, "memory.swappiness"), swappiness ?? usual);
}

/** That nothing is swapped needs no count. */
function requireSwapCount(counted: boolean, memory: number | undefined, swap: CgroupLimits["swap"]): void {
  if (!swap?.required || swap.bytes === 0) return;
  const why = counted
    ? memory === undefined && "Under cgroup v1 swap is limited only together with memory: set limits.memory too"
    : "The host's kernel does not count swap by control groups (it needs swapaccount=1), so swap cannot have a size";
  if (why)
    throw new LodgeError({ code: "host_unsupported", message: `${why}, or set limits.memory.swap to true or false.` });
}
