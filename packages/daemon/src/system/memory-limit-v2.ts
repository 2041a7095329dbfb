import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { noController } from "./cgroup-errors.ts";
import { errorCode, isGone, readControl, writeControl } from "./cgroup-tree.ts";
import { type CgroupLimits, MemoryInUse } from "./cgroups.ts";
import { writeLimit } from "./write-limit.ts";

const unlimited = "max";
/** How often the kernel is asked to take away what is too much. */
const attempts = 3;

/** Memory and swap. Where less is wanted than is in use, the kernel would kill: it is taken away first. */
export async function limitMemoryV2(group: string, { memory, softMemory, swap }: CgroupLimits): Promise<void> {
  await limitSwap(group, swap);
  if (memory !== undefined) await squeeze(group, memory);
  await write(group, "memory.max", memory);
  await write(group, "memory.high", softMemory);
}

async function limitSwap(group: string, swap: CgroupLimits["swap"]): Promise<void> {
  try {
    await writeControl(join(group, "memory.swap.max"), swap?.bytes ?? unlimited);
  } catch (cause) {
    if (!isGone(cause)) throw cause;
    if (!swap?.required) return;
    throw new LodgeError({
      code: "host_unsupported",
      message:
        "The host's kernel does not count swap by control groups, so it can neither be limited nor forbidden; unset limits.memory.swap.",
      cause,
    });
  }
}

/** Whoever wants more waits meanwhile, so that nothing is gained by being fast. `MemoryInUse` */
async function squeeze(group: string, memory: number): Promise<void> {
  const high = join(group, "memory.high");
  const before = await readControl(high);
  if (before === undefined || !((await excess(group, memory)) > 0)) return;
  try {
    await writeControl(high, memory);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const bytes = await excess(group, memory);
      if (bytes <= 0) return await writeControl(join(group, "memory.max"), memory);
      await reclaim(group, bytes);
    }
    throw new MemoryInUse(`memory of ${group} is in use`);
  } finally {
    await writeControl(high, before);
  }
}

async function excess(group: string, memory: number): Promise<number> {
  return Number(await readControl(join(group, "memory.current"))) - memory;
}

/** memory.reclaim: Linux 5.19; before that what memory.high takes away is all. EAGAIN: it was not as much. */
async function reclaim(group: string, bytes: number): Promise<void> {
  try {
    await writeControl(join(group, "memory.reclaim"), bytes);
  } catch (error) {
    if (!isGone(error) && errorCode(error) !== "EAGAIN") throw error;
  }
}

async function write(group: string, file: string, value: number | undefined): Promise<void> {
  const written = await writeLimit(group, { file, value, none: unlimited });
  if (!written && value !== undefined) throw noController("memory", file);
}
