import { type Config, type InstanceCreate, type InstanceType, LodgeError } from "@lodge/api";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { ImageRecord, InstanceRecord } from "../store.ts";
import { checkConfig, expandConfig, expandDevices, volatileKey } from "./configuration.ts";
import { driverOf, type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import { checkDevices } from "./devices/check.ts";
import { readRootDisk } from "./devices/disks.ts";
import { reserveFormats } from "./devices/host-sources.ts";
import { freeBlock, shortId } from "./identity.ts";
import { limitsOfType } from "./instance-type.ts";
import { checkInstanceName, generateName } from "./names.ts";
import { reserveAddresses } from "./ports.ts";
import { requireStartable } from "./protection.ts";
import { InstanceRecords } from "./records.ts";
import { announceDeletion } from "./removal.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";

/** Where a new root comes from. */
type Origin =
  | { readonly kind: "image"; readonly image: ImageRecord }
  | { readonly kind: "copy"; readonly from: InstanceRecord }
  | { readonly kind: "none"; readonly type: InstanceType };

/** Creates instances: everything that can be refused is refused before anything is made. */
export class InstanceCreation {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #records: InstanceRecords;

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#records = new InstanceRecords(deps.store);
  }

  async create(project: string, request: InstanceCreate): Promise<RunningOperation> {
    const origin = await this.#origin(project, request);
    const { record, size } = await this.#deps.choosing.run(() => this.#record(project, request, origin));
    return this.#deps.operations.begin(
      { description: "Creating instance", resources: { instances: [instanceUrl(record.name)] }, project },
      (context) =>
        this.#deps.lock.run(record.id, () => this.#make(record, origin, size, request.start === true, context)),
    );
  }

  async #origin(project: string, request: InstanceCreate): Promise<Origin> {
    const { source } = request;
    switch (source.type) {
      case "image":
        return {
          kind: "image",
          image: await this.#deps.catalog.resolve(
            source,
            request.type === "" ? undefined : (request.type ?? undefined),
          ),
        };
      case "copy": {
        const from = await this.#records.get(source.project ?? project, source.source ?? "");
        if (request.type && request.type !== from.type) {
          throw new LodgeError({
            code: "request_invalid",
            message: `A copy of ${from.name} is a ${from.type}, not a ${request.type}.`,
          });
        }
        return { kind: "copy", from };
      }
      case "none":
        return { kind: "none", type: request.type || "container" };
      default:
        throw new LodgeError({
          code: "not_supported",
          message: `Creating an instance from source type "${source.type}" is not supported; use "image", "copy" or "none".`,
        });
    }
  }

  /** Checks the request and stores the record as `creating`; from then on its name and addresses are taken. */
  async #record(
    project: string,
    request: InstanceCreate,
    origin: Origin,
  ): Promise<{ record: InstanceRecord; size?: number }> {
    const { store, host, now, random, newUuid, architecture } = this.#deps;
    const all = await store.instances.list();
    const names = new Set(all.filter((r) => r.project === project).map((r) => r.name));
    const name = request.name || generateName(names, random);
    checkInstanceName(name, names);
    const owner = `instance ${name}`;
    const { type, fingerprint } = madeOf(origin);
    const profileNames = request.profiles ?? (origin.kind === "copy" ? [...origin.from.profiles] : ["default"]);
    const profiles = await this.#records.profiles(project, profileNames);
    const sized = request.instance_type ? limitsOfType(request.instance_type) : {};
    const config = { ...inheritedConfig(origin), ...sized, ...request.config };
    const devices = request.devices ?? (origin.kind === "copy" ? origin.from.devices : {});
    const expanded = { config: expandConfig(profiles, config), devices: expandDevices(profiles, devices) };
    checkConfig(owner, type, expanded.config, host);
    refuseVolatile(owner, request.config ?? {});
    checkDevices(owner, type, expanded.devices);
    const root = readRootDisk(owner, expanded.devices);
    await this.#checkPool(owner, type, root);
    if (request.start) requireStartable(name, expanded.config);
    const uuid = newUuid();
    const networks = new Map((await store.networks.list()).map((n) => [n.name, n]));
    const book = { networks, others: all.map((r) => r.config), random };
    const before = { config: {}, devices: {} };
    const formats = await reserveFormats(this.#deps.sources, { owner, type, devices: expanded.devices, before });
    const volatile = {
      "volatile.uuid": uuid,
      ...(fingerprint !== undefined && { "volatile.base_image": fingerprint }),
      ...reserveAddresses(owner, expanded.devices, {}, book),
      ...formats,
    };
    const record: InstanceRecord = {
      id: shortId(uuid),
      uuid,
      name,
      project,
      type,
      description: request.description ?? "",
      architecture: request.architecture || architecture,
      ...(fingerprint !== undefined && { fingerprint }),
      pool: root.pool,
      config: { ...config, ...volatile },
      devices,
      profiles: profileNames,
      ephemeral: request.ephemeral ?? false,
      life: "creating",
      idBlock: this.#block(all),
      wanted: false,
      createdAt: now(),
    };
    await store.instances.put(record);
    return { record, ...(root.size !== undefined && { size: root.size }) };
  }

  async #checkPool(owner: string, type: InstanceType, root: { pool: string; size?: number }): Promise<void> {
    const info = await poolOf(this.#deps, root.pool).info();
    if (type === "container" && root.size !== undefined && !info.containerSize) {
      throw new LodgeError({
        code: "pool_size_unsupported",
        message: `Pool "${root.pool}" cannot limit the root size of ${owner}: ${info.containerSizeReason ?? "its file system has no project quotas"}. Leave the size out.`,
      });
    }
  }

  #block(all: readonly InstanceRecord[]): number {
    const block = freeBlock(new Set(all.map((r) => r.idBlock)));
    if (block === undefined)
      throw new LodgeError({
        code: "limit_exceeds_host",
        message: "This host has no free id range for another instance; delete some.",
      });
    return block;
  }

  async #make(
    record: InstanceRecord,
    origin: Origin,
    size: number | undefined,
    start: boolean,
    context: OperationContext,
  ): Promise<undefined> {
    const { store, events, catalog } = this.#deps;
    const { id, type, project } = record;
    const pool = poolOf(this.#deps, record.pool);
    const request = rootRequest(record, size);
    context.undo("record", () => this.#dropRecord(record));
    context.undo("logs and keys", () => driverOf(this.#deps, type).forget(id));
    context.undo("root", () => pool.removeRoot(id));
    if (origin.kind === "image") {
      const report = (percent: number) =>
        context.report({ create_instance_from_image_unpack_progress: `Unpack: ${Math.round(percent)}%` });
      await catalog.use(origin.image.fingerprint, async (image) => {
        await pool.unpackImage(image, report, context.signal);
        await pool.createRoot(request);
      });
    } else if (origin.kind === "copy") await this.#copyRoot(origin.from, request);
    else await pool.createRoot(request);
    context.signal.throwIfAborted();
    // Read again: a profile may have got another name meanwhile.
    await store.instances.put({ ...((await store.instances.get(id)) ?? record), life: "present" });
    events.lifecycle("instance-created", instanceUrl(record.name), {}, project);
    if (start) await this.#runs.start(id, context.signal);
    return undefined;
  }

  async #dropRecord(record: InstanceRecord): Promise<void> {
    const announced = (await this.#deps.store.instances.get(record.id))?.life === "present";
    await this.#deps.store.instances.remove(record.id);
    if (announced) announceDeletion(this.#deps, record);
  }

  async #copyRoot(from: InstanceRecord, request: RootRequest): Promise<void> {
    await this.#deps.lock.run(from.id, async () => {
      if (this.#runs.isRunning(from.id)) {
        throw new LodgeError({
          code: "instance_wrong_state",
          message: `Instance "${from.name}" is running; stop it before it is copied.`,
        });
      }
      await poolOf(this.#deps, from.pool).copyRoot({ from: from.id }, request);
    });
  }
}

function madeOf(origin: Origin): { readonly type: InstanceType; readonly fingerprint?: string } {
  if (origin.kind === "image") return origin.image;
  return origin.kind === "copy" ? origin.from : origin;
}

/** What an image says of itself, or a copied instance's own configuration without its identity. */
function inheritedConfig(origin: Origin): Config {
  if (origin.kind === "none") return {};
  if (origin.kind === "image") {
    return Object.fromEntries(Object.entries(origin.image.properties).map(([key, value]) => [`image.${key}`, value]));
  }
  return Object.fromEntries(Object.entries(origin.from.config).filter(([key]) => !key.startsWith("volatile.")));
}

function refuseVolatile(owner: string, config: Config): void {
  const key = Object.keys(config).find((k) => k.startsWith("volatile."));
  if (key) throw volatileKey(owner, key);
}
