import { isTrue } from "@lodge/api";
import type { InstanceRecord } from "../store.ts";
import type { InstanceDependencies } from "./dependencies.ts";
import type { IdRange, InstanceId, InstanceIdentity } from "./driver.ts";
import { memoryInBytes } from "./machine-size.ts";

const rangeSize = 65536;

/** The first id of block 0 of a LODGE_DIR, by a number of 0 to 45 that tells LODGE_DIRs apart. */
export const idBaseFor = (slot: number): number => 0x10000000 + (slot % 46) * rangeSize * blocksPerHost;

/** How many instances have an id range of their own in one LODGE_DIR. */
export const blocksPerHost = 1024;

/** The host ids of a block. The last id is the owner: it is mapped into the instance as 65535, which nothing uses. */
export function idRange(idBase: number, block: number): IdRange {
  const base = idBase + block * rangeSize;
  return { base, size: rangeSize, owner: base + rangeSize - 1 };
}

/** What drivers know of an instance. Its ids: the range that it runs in; privileged containers run in the host's own ids. */
export function identityOf(
  record: InstanceRecord,
  expandedConfig: Readonly<Record<string, string>>,
  { idBase, host }: Pick<InstanceDependencies, "idBase" | "host">,
): InstanceIdentity {
  const privileged = record.type === "container" && isTrue(expandedConfig["security.privileged"]);
  return {
    id: record.id,
    uuid: record.uuid,
    name: record.name,
    project: record.project,
    ids: privileged ? { base: 0, size: rangeSize, owner: 0 } : idRange(idBase, record.idBlock),
    config: memoryInBytes(expandedConfig, host.memory),
  };
}

/** The smallest block that no instance has, or undefined when all are taken. */
export function freeBlock(taken: ReadonlySet<number>): number | undefined {
  for (let block = 0; block < blocksPerHost; block++) if (!taken.has(block)) return block;
  return undefined;
}

export const shortId = (uuid: string): InstanceId => uuid.replaceAll("-", "").slice(0, 8) as InstanceId;
