/** How a machine comes to stand ready: all of a fork is made but its name and its addresses, and it does not run. */
import { type Config, LodgeError } from "@lodge/api";
import { driverOf, type InstanceDependencies, poolOf } from "../../instances/dependencies.ts";
import { readRootDisk } from "../../instances/devices/disks.ts";
import { withHardware } from "../../instances/devices/nic-hardware.ts";
import type { InstanceSpec } from "../../instances/driver.ts";
import { freeBlock, identityOf, shortId } from "../../instances/identity.ts";
import { portsOf, reserveAddresses } from "../../instances/ports.ts";
import { removeInstance } from "../../instances/removal.ts";
import { rootRequest } from "../../instances/root-request.ts";
import type { InstanceRecord } from "../../store.ts";
import type { ClaimedTemplate } from "../beginning.ts";
import { shapeDevices } from "../shape.ts";
import { forkMemory, withTemplateSize } from "../sizes.ts";
import type { ReadyPattern } from "./pattern.ts";

/** Who an instance is on its host. Whoever takes a machine that stands ready is this one. */
export interface Seat extends Pick<InstanceRecord, "id" | "uuid" | "idBlock"> {
  /** MACs and places of its nics, as in a record's configuration. */
  readonly notes: Config;
}

/**
 * Until somebody has it, it is an instance that is being created, as which it is shown to nobody and removed by the next daemon. Its record
 * holds ids, and nothing that would keep an image, a network or a profile from changing.
 */
export async function holdReady(
  deps: InstanceDependencies,
  pattern: ReadyPattern,
  template: ClaimedTemplate,
  signal: AbortSignal,
): Promise<Seat> {
  const record = await reserve(deps, pattern);
  const { id, uuid, idBlock, config } = record;
  return deps.lock.run(id, async () => {
    try {
      await make(deps, record, pattern, template, signal);
      signal.throwIfAborted();
      const { "volatile.uuid": _, ...notes } = config;
      return { id, uuid, idBlock, notes };
    } catch (error) {
      await removeInstance(deps, id);
      throw error;
    }
  });
}

function reserve(deps: InstanceDependencies, { shape, nics }: ReadyPattern): Promise<InstanceRecord> {
  const { store, choosing, newUuid, random, now, architecture } = deps;
  return choosing.run(async () => {
    const others = await store.instances.list();
    const idBlock = freeBlock(new Set(others.map((each) => each.idBlock)));
    if (idBlock === undefined) {
      throw new LodgeError({ code: "limit_exceeds_host", message: "This host has no free id range for a machine." });
    }
    const uuid = newUuid();
    const id = shortId(uuid);
    const networks = new Map((await store.networks.list()).map((network) => [network.name, network]));
    const reserved = reserveAddresses(`machine ${id}`, nics, {}, { networks, others, random });
    const config = { "volatile.uuid": uuid, ...withoutAddresses(reserved) };
    const record: InstanceRecord = {
      ...{ id, uuid, name: `ready-${id}`, project: shape.project, type: "virtual-machine", description: "" },
      ...{ architecture, pool: shape.pool, config, devices: {}, profiles: [], ephemeral: false },
      ...{ life: "creating", idBlock, wanted: false, createdAt: now() },
    };
    await store.instances.put(record);
    return record;
  });
}

/** MACs are no network's. */
const withoutAddresses = (reserved: Config): Config =>
  Object.fromEntries(Object.entries(reserved).filter(([key]) => /\.(hwaddr|index)$/.test(key)));

async function make(
  deps: InstanceDependencies,
  record: InstanceRecord,
  pattern: ReadyPattern,
  template: ClaimedTemplate,
  signal: AbortSignal,
): Promise<void> {
  const { shape } = pattern;
  const pool = poolOf(deps, record.pool);
  const driver = driverOf(deps, record.type);
  const rootDisk = readRootDisk(record.name, shapeDevices(shape));
  const request = rootRequest({ ...record, fingerprint: shape.fingerprint }, rootDisk.size);
  await deps.lock.run(template.id, () => pool.copyRoot({ from: template.id }, request));
  signal.throwIfAborted();
  const config = withTemplateSize(shape.config, forkMemory(template.memory));
  const identity = identityOf(record, config, deps);
  await driver.prepare(identity);
  const spec: InstanceSpec = {
    ...identity,
    root: await pool.prepareRoot(request, identity.ids),
    rootDisk,
    nics: await nicsOf(deps, record, pattern),
    devices: [],
    resume: { directory: template.directory, as: "fork" },
  };
  await driver.hold?.(spec, signal);
}

/** Of networks as they are now. */
async function nicsOf({ store, network }: InstanceDependencies, record: InstanceRecord, { nics }: ReadyPattern) {
  const networks = new Map((await store.networks.list()).map((each) => [each.name, each]));
  const foreseen = portsOf(record, nics, networks).map(async (port) => {
    const nic = await network.foresee?.(port);
    if (nic) return withHardware(nic, nics);
    throw new LodgeError({ code: "not_supported", message: "Nics cannot be made before they are connected." });
  });
  return Promise.all(foreseen);
}
