import { totalmem } from "node:os";
import { type Observation, stopped } from "@lodge/core";
import type { Cgroups } from "../../../system/cgroups.ts";
import { isAlive } from "../../../system/process.ts";
import type { Run } from "./run.ts";
import type { Stillness } from "./stillness.ts";

/** What is to be seen of a container that has not been reported to have ended. */
export async function observeContainer(
  { id, record: { init, startedAt } }: Run,
  cgroups: Cgroups,
  stillness: Stillness,
): Promise<Observation> {
  if (!(await isAlive(init))) return stopped;
  const [frozen, usage, cpus] = await Promise.all([cgroups.frozen(id), cgroups.usage(id), cgroups.cpus(id)]);
  return {
    status: frozen && !stillness.holds(id) ? "Frozen" : "Running",
    ready: !frozen,
    pid: init.pid,
    startedAt: new Date(startedAt),
    cpuNanoseconds: usage?.cpuNanoseconds ?? 0,
    memoryBytes: usage?.memoryBytes ?? 0,
    memoryPeakBytes: usage?.memoryPeakBytes ?? 0,
    memoryTotalBytes: Math.min(usage?.memoryLimit ?? totalmem(), totalmem()),
    ...(cpus && { cpus: cpus.length }),
    processes: usage?.processes ?? -1,
  };
}
