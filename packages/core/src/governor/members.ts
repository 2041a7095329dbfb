/** The instances that run, with what the governor needs to know of each. */

import { inParallel } from "../in-parallel.ts";
import { driverOf, type InstanceDependencies, type RuntimeDriver } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import type { InstanceRecord } from "../store.ts";
import type { GovernedMemory, MemoryDemand } from "./governed.ts";
import { type MemoryRights, memoryRights } from "./rights.ts";

export interface Member {
  readonly record: InstanceRecord;
  readonly rights: MemoryRights;
}

export interface MeasuredMember extends Member {
  readonly driver: GovernedMemory;
  readonly demand: MemoryDemand;
}

export type MemberDependencies = Pick<InstanceDependencies, "store" | "drivers" | "host" | "log">;

/** Instances that are looked at at once. */
const atOnce = 16;

export async function runningMembers(
  deps: MemberDependencies,
  isRunning: (id: InstanceId) => boolean,
): Promise<Member[]> {
  const records = new InstanceRecords(deps.store);
  const running = (await deps.store.instances.list()).filter(({ id, life }) => life === "present" && isRunning(id));
  const projects = [...new Set(running.map(({ project }) => project))];
  const expanded = (await Promise.all(projects.map((project) => records.listExpanded(project)))).flat();
  return expanded.filter(({ record }) => isRunning(record.id)).map((each) => memberOf(deps, each));
}

export function memberOf({ host }: Pick<MemberDependencies, "host">, { record, config }: ExpandedInstance): Member {
  return { record, rights: memoryRights(record.type, config, host.memory) };
}

/** Those whose drivers can tell what they need. What cannot be told of one does not stop the others. */
export async function measureMembers(deps: MemberDependencies, members: readonly Member[]): Promise<MeasuredMember[]> {
  const measured: MeasuredMember[] = [];
  await inParallel(members, atOnce, async (member) => {
    const { id, name, type } = member.record;
    const driver = driverOf(deps, type);
    if (!governs(driver)) return;
    try {
      const demand = await driver.memoryDemand(id);
      if (demand) measured.push({ ...member, driver, demand });
    } catch (err) {
      deps.log.warn({ instance: name, err }, "what an instance needs of memory could not be told");
    }
  });
  return measured;
}

export function governs(driver: RuntimeDriver): driver is RuntimeDriver & GovernedMemory {
  return (
    driver.memoryDemand !== undefined &&
    driver.setMemoryTarget !== undefined &&
    driver.releaseMemoryTarget !== undefined
  );
}
