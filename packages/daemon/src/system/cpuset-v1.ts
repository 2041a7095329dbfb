/** v1's cpusets: a new group may use nothing until it is told what, and none may have less than those below it. */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatCpuSet, parseCpuSet } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { errorCode, groupsBelow, isGone, readControl, writeControl } from "./cgroup-tree.ts";

const cpusFile = "cpuset.cpus";

/** Makes groups one below the other, each with what the one above it has. Idempotent. A name may be the path of several. */
export async function makeCpuset(hierarchy: string, ...names: readonly string[]): Promise<void> {
  let above = hierarchy;
  for (const name of names.flatMap((path) => path.split("/"))) {
    const group = join(above, name);
    await mkdir(group, { recursive: true });
    for (const file of ["cpuset.mems", cpusFile]) {
      if ((await readControl(join(group, file))) === "") {
        await writeControl(join(group, file), (await readControl(join(above, file))) ?? "");
      }
    }
    above = group;
  }
}

/** Numbers of the CPUs that a group has; undefined when there is none. */
export async function readCpuset(group: string): Promise<readonly number[] | undefined> {
  const text = await readControl(join(group, cpusFile));
  return text === undefined ? undefined : parseCpuSet(text);
}

/** How often it is tried again when a guest has made groups of its own meanwhile. */
const attempts = 5;

/** Gives a group and all those below it these CPUs; undefined: those of the group above it. */
export async function writeCpuset(group: string, cpus: readonly number[] | undefined): Promise<void> {
  const wanted = cpus ?? (await readCpuset(dirname(group))) ?? [];
  for (let attempt = 1; ; attempt++) {
    try {
      await widenThenNarrow(group, wanted);
      return;
    } catch (cause) {
      if (attempt < attempts && (errorCode(cause) === "EBUSY" || errorCode(cause) === "EACCES")) continue;
      throw new LodgeError({
        code: "instance_operation_failed",
        message: `The kernel does not give CPUs ${formatCpuSet(wanted)} to the control group: groups that were made inside are in the way.`,
        cause,
      });
    }
  }
}

async function widenThenNarrow(group: string, wanted: readonly number[]): Promise<void> {
  const had = (await readCpuset(group)) ?? [];
  if (formatCpuSet(had) === formatCpuSet(wanted)) return;
  const below = await groupsBelow(group);
  const both = formatCpuSet([...new Set([...had, ...wanted])]);
  await writeCpus(group, both);
  // From the top down, so that each may have what the wanted ones are; then from the bottom up, so that none has less than one below.
  for (const each of below.slice(0, -1).reverse()) await writeCpus(each, both);
  for (const each of below) await writeCpus(each, formatCpuSet(wanted));
}

async function writeCpus(group: string, cpus: string): Promise<void> {
  try {
    await writeControl(join(group, cpusFile), cpus);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
