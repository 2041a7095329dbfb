/** How a template comes to be: a machine boots, becomes ready, and is kept. */
import { LodgeError } from "@lodge/api";
import { rowsOfImage } from "../images/of-project.ts";
import { driverOf, type InstanceDependencies, poolOf } from "../instances/dependencies.ts";
import { readRootDisk } from "../instances/devices/disks.ts";
import { freeBlock, shortId } from "../instances/identity.ts";
import { imageConfig } from "../instances/origin.ts";
import { reserveAddresses } from "../instances/ports.ts";
import type { ExpandedInstance } from "../instances/records.ts";
import { removeInstance } from "../instances/removal.ts";
import { rootRequest } from "../instances/root-request.ts";
import { clearRun, makeRun } from "../instances/run-parts.ts";
import { makePlace, stateDriverOf } from "../instances/states/keeping.ts";
import type { Progress } from "../storage/pool.ts";
import type { InstanceRecord, TemplateRecord } from "../store.ts";
import type { Boots } from "./boots.ts";
import { settleGuest } from "./settle-guest.ts";
import { memoryOf, shapeDevices, type TemplateShape, templateName } from "./shape.ts";
import { forkMemory, withTemplateSize } from "./sizes.ts";

export interface TemplateBuild {
  readonly shape: TemplateShape;
  readonly boots: Boots;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Milliseconds that a boot may take: a large system without hardware virtualization on a busy host. */
const patience = 600_000;

/**
 * Until it is whole, a template's machine is an instance that is being created, which no user sees: its name, ids and addresses are
 * taken, and what an interruption leaves of it is removed as of any such instance.
 */
export async function buildTemplate(deps: InstanceDependencies, build: TemplateBuild): Promise<TemplateRecord> {
  const machine = await reserve(deps, build.shape);
  const { id } = machine.record;
  return deps.lock.run(id, async () => {
    try {
      return await make(deps, machine, build);
    } catch (error) {
      await removeInstance(deps, id);
      throw error;
    }
  });
}

function reserve(deps: InstanceDependencies, shape: TemplateShape): Promise<ExpandedInstance> {
  const { store, choosing, newUuid, random, now } = deps;
  return choosing.run(async () => {
    const all = await store.instances.list();
    const [image] = await rowsOfImage(store, shape.fingerprint);
    if (!image) throw new LodgeError({ code: "image_not_found", message: "The template's image is gone." });
    const idBlock = freeBlock(new Set(all.map((each) => each.idBlock)));
    if (idBlock === undefined) {
      throw new LodgeError({ code: "limit_exceeds_host", message: "This host has no free id range for a template." });
    }
    const uuid = newUuid();
    const id = shortId(uuid);
    const devices = shapeDevices(shape);
    const networks = new Map((await store.networks.list()).map((network) => [network.name, network]));
    const volatile = reserveAddresses(`template ${id}`, devices, {}, { networks, others: all, random });
    const config = {
      ...withTemplateSize({ ...imageConfig(image), ...shape.config }, memoryOf(shape)),
      "volatile.uuid": uuid,
      ...volatile,
    };
    const record: InstanceRecord = {
      ...{ id, uuid, name: templateName({ id }), project: shape.project, type: "virtual-machine", description: "" },
      ...{ architecture: image.architecture, fingerprint: shape.fingerprint, pool: shape.pool, config, devices },
      ...{ profiles: [], ephemeral: false, life: "creating", idBlock, wanted: false, createdAt: now() },
    };
    await store.instances.put(record);
    return { record, config, devices };
  });
}

async function make(
  deps: InstanceDependencies,
  machine: ExpandedInstance,
  { shape, boots, progress, signal }: TemplateBuild,
): Promise<TemplateRecord> {
  const { record, devices } = machine;
  const { id } = record;
  const pool = poolOf(deps, record.pool);
  await deps.catalog.use(shape.fingerprint, async (image) => {
    await pool.unpackImage(image, () => undefined, signal);
    await pool.createRoot(rootRequest(record, readRootDisk("a template", devices).size));
  });
  progress(5);
  const bound = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const ready = boots.ready(id, bound);
  await makeRun(deps, machine, signal, { forForks: true, ...(shape.room && { room: shape.room }) });
  await ready;
  progress(60);
  const driver = driverOf(deps, record.type);
  await settleGuest(driver, id, bound);
  await driver.prepareForks?.(id, forkMemory(memoryOf(shape))).catch((err: unknown) => {
    deps.log.info(
      { template: id, image: shape.fingerprint, err },
      "forks of this template begin slower than they could",
    );
  });
  await requireOwnFirmware(deps, record);
  progress(80);
  const template = await keep(deps, record, shape, signal);
  await clearRun(deps, record);
  await driverOf(deps, record.type).forget(id);
  progress(100);
  return template;
}

/** UEFI's variables are one machine's own. */
async function requireOwnFirmware(deps: InstanceDependencies, { id, type }: InstanceRecord): Promise<void> {
  const { vm } = await driverOf(deps, type).observe(id);
  if (vm?.firmware !== "uefi") return;
  throw new LodgeError({ code: "state_unsupported", message: "The image starts by UEFI, whose variables are kept." });
}

/** From an instance that is being created to a template, at one instant. */
async function keep(
  deps: InstanceDependencies,
  record: InstanceRecord,
  shape: TemplateShape,
  signal: AbortSignal,
): Promise<TemplateRecord> {
  const { id, project, pool, fingerprint = "" } = record;
  const driver = await stateDriverOf(deps, record, "fork");
  const { state, directory } = await makePlace(deps, record);
  const { bytes: disk } = await poolOf(deps, pool).rootUsage(id);
  let template: TemplateRecord | undefined;
  const whole = async ({ size }: { readonly size: number }) => {
    const now = deps.now();
    const made: TemplateRecord = {
      ...{ id, project, pool, fingerprint, shape: JSON.stringify(shape), state: { id: state, size } },
      ...{ size: size + disk, life: "present", createdAt: now, lastUsedAt: now },
    };
    await deps.store.atomically(async ({ instances, templates }) => {
      await templates.put(made);
      await instances.remove(id);
    });
    template = made;
  };
  const request = { directory, form: "shared", still: async () => undefined, afterwards: "end", whole } as const;
  await driver.saveState(id, request, () => undefined, signal);
  if (template) return template;
  throw new LodgeError({ code: "internal", message: `The state of template ${id} was never whole.` });
}
