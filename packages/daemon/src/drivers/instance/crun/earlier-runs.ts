/** What earlier daemons have left of runs. */
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InstanceId } from "@lodge/core";
import type { Cgroups } from "../../../system/cgroups.ts";
import type { LodgePaths } from "../../../system/paths.ts";
import { exitDirectory } from "./run-paths.ts";

/** Runs of containers, whole and half-made: directories with a namespace pair. Another driver's runs have none. */
export async function foundRuns(paths: LodgePaths): Promise<InstanceId[]> {
  const directory = dirname(exitDirectory(paths));
  const names = (await readdir(directory)).filter((name) => /^[0-9a-f]{8}$/.test(name));
  const ours = await Promise.all(names.map((name) => readdir(join(directory, name)).catch((): string[] => [])));
  return names.filter((_name, index) => ours[index]?.includes("ns")) as InstanceId[];
}

/** Groups of no run at all, of whatever driver. */
export async function removeStrayGroups(paths: LodgePaths, cgroups: Cgroups): Promise<void> {
  for (const id of await cgroups.list()) {
    const run = await stat(paths.run(id as InstanceId)).catch(() => undefined);
    if (!run) await cgroups.remove(id);
  }
}
