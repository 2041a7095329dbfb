import { type Config, type InstanceCreate, LodgeError } from "@lodge/api";
import { keptIdentity } from "../backups/identity.ts";
import { importRoot } from "../backups/import-root.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { requireAllowed } from "../projects/allowed.ts";
import { withoutIdentity } from "../snapshots/records.ts";
import type { RootRequest } from "../storage/pool.ts";
import type { InstanceRecord } from "../store.ts";
import { beginFork, boot, type Launch, makeLaunchRoot, withBeginning } from "../templates/launch.ts";
import type { Seat } from "../templates/ready/hold.ts";
import type { Templates } from "../templates/templates.ts";
import { checkVolumes } from "../volumes/attached.ts";
import { requireArchitecture } from "./architecture.ts";
import { checkConfig, expandConfig, expandDevices, volatileKey } from "./configuration.ts";
import { copyInstance } from "./copy.ts";
import { driverOf, type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import { checkDevices } from "./devices/check.ts";
import { readRootDisk } from "./devices/disks.ts";
import { reserveFormats } from "./devices/host-sources.ts";
import { ownRoot, rootOf } from "./devices/root-pool.ts";
import { requireRootSize } from "./devices/root-size.ts";
import type { InstanceId } from "./driver.ts";
import { fresh } from "./fresh.ts";
import { freeBlock, shortId } from "./identity.ts";
import { limitsOfType } from "./instance-type.ts";
import { withoutLastPower } from "./last-power.ts";
import { withLifetime } from "./life/lifetime.ts";
import { hasTemplates } from "./metadata/content.ts";
import { triggered } from "./metadata/trigger.ts";
import { checkInstanceName, generateName } from "./names.ts";
import { findOrigin, inheritedFrom, isFetched, madeOf, type Origin } from "./origin.ts";
import { reserveAddresses } from "./ports.ts";
import { requireStartable } from "./protection.ts";
import { InstanceRecords } from "./records.ts";
import { refreshCopy } from "./refresh.ts";
import { announceDeletion } from "./removal.ts";
import { rootRequest } from "./root-request.ts";
import { clearRun } from "./run-parts.ts";
import type { Runs } from "./runs.ts";

/** Creates instances: everything that can be refused is refused before anything is made. */
export class InstanceCreation {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #templates: Templates | undefined;
  readonly #records: InstanceRecords;

  constructor(deps: InstanceDependencies, runs: Runs, templates?: Templates) {
    this.#deps = deps;
    this.#runs = runs;
    this.#templates = templates;
    this.#records = new InstanceRecords(deps.store);
  }

  async create(project: string, request: InstanceCreate): Promise<RunningOperation> {
    if (isFetched(request)) return this.#createFetched(project, request);
    const origin = await findOrigin(this.#deps, project, request);
    if (origin.kind !== "copy" || !request.source.refresh) return this.createOf(project, request, origin);
    const target = (await this.#records.list(project)).find(({ name }) => name === request.name);
    if (!target) return this.createOf(project, withoutNotes(request), origin);
    const templates = await hasTemplates(this.#deps.store, origin.from);
    return refreshCopy(this.#deps, this.#runs, target, origin, templates);
  }

  /** Of an image that is fetched first: what can be refused without it is refused now, the rest when it is here. */
  async #createFetched(project: string, request: InstanceCreate): Promise<RunningOperation> {
    const { store, random, operations, remoteImages } = this.#deps;
    const names = new Set((await store.instances.list()).filter((r) => r.project === project).map((r) => r.name));
    const name = request.name || generateName(names, random);
    checkInstanceName(name, names);
    await this.#records.profiles(project, request.profiles ?? []);
    return operations.begin(
      { description: "Creating instance", resources: { instances: [instanceUrl(name)] }, project },
      async (context) => {
        const image = await (await remoteImages.of(project)).obtain(request.source, request.type || undefined, context);
        return this.createIn(project, { ...request, name }, { kind: "image", image }, context);
      },
    );
  }

  /** As a part of an operation that has begun. */
  async createIn(
    project: string,
    request: InstanceCreate,
    origin: Origin,
    context: OperationContext,
  ): Promise<undefined> {
    const { record, size } = await this.claim(project, request, origin);
    const make = () => this.#make(record, origin, size, request.start === true, context);
    return this.#orGiveBack(record.id, this.#deps.lock.run(record.id, make));
  }

  async createOf(project: string, request: InstanceCreate, origin: Origin): Promise<RunningOperation> {
    const { record, size } = await this.claim(project, request, origin);
    const begun = this.#deps.operations.begin(
      { description: "Creating instance", resources: { instances: [instanceUrl(record.name)] }, project },
      (context) =>
        this.#deps.lock.run(record.id, () => this.#make(record, origin, size, request.start === true, context)),
    );
    return this.#orGiveBack(record.id, begun);
  }

  /** A machine that stood ready, and of which nothing comes, goes. */
  async #orGiveBack<T>(id: InstanceId, step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (error) {
      await this.#templates?.giveBack(id);
      throw error;
    }
  }

  /** Checks the request and stores the record as `creating`; from then on its name and addresses are taken. */
  claim(project: string, request: InstanceCreate, origin: Origin): Promise<{ record: InstanceRecord; size?: number }> {
    return this.#deps.choosing.run(() => this.#record(project, request, origin));
  }

  async #record(
    project: string,
    request: InstanceCreate,
    origin: Origin,
  ): Promise<{ record: InstanceRecord; size?: number }> {
    const { store, host, now, random, newUuid } = this.#deps;
    const all = await store.instances.list();
    const names = new Set(all.filter((r) => r.project === project).map((r) => r.name));
    const name = request.name || generateName(names, random);
    checkInstanceName(name, names);
    const owner = `instance ${name}`;
    const { type, fingerprint } = madeOf(origin);
    const inherited = inheritedFrom(origin);
    const architecture = request.architecture || inherited.architecture || this.#deps.architecture;
    requireArchitecture(owner, architecture, this.#deps.architecture);
    const profileNames = request.profiles ?? [...inherited.profiles];
    const profiles = await this.#records.profiles(project, profileNames);
    const sized = request.instance_type ? limitsOfType(request.instance_type) : {};
    const asked = requestedConfig(owner, request.config ?? {}, inherited.config);
    const config = { ...inherited.config, ...sized, ...asked };
    const given = { ...inherited.devices, ...request.devices };
    const along = origin.kind === "copy" ? origin.expanded : undefined;
    const devices = along && !rootOf(expandDevices(profiles, given)) ? ownRoot(given, along, profiles) : given;
    const expanded = { config: expandConfig(profiles, config), devices: expandDevices(profiles, devices) };
    checkConfig(owner, type, expanded.config, host);
    checkDevices(owner, type, expanded.devices);
    const root = readRootDisk(owner, expanded.devices);
    await requireRootSize(this.#deps, owner, type, root);
    if (request.start) requireStartable(name, expanded.config);
    const kept = origin.kind === "backup" ? keptIdentity(origin.reading.index.instance.config ?? {}, all) : undefined;
    const createdAt = inherited.createdAt ?? now();
    const networks = new Map((await store.networks.list()).map((n) => [n.name, n]));
    const before = { config: {}, devices: {} };
    await checkVolumes(store, { owner, project, type, devices: expanded.devices });
    const free = this.#seat(all, kept?.uuid ?? newUuid(), kept?.notes);
    const claim = {
      id: free.id,
      name,
      project,
      type,
      config,
      devices,
      profiles: profileNames,
      life: "creating",
    } as const;
    await requireAllowed(store, project, { instances: [claim] });
    const formats = await reserveFormats(this.#deps.sources, { owner, type, devices: expanded.devices, before });
    const reserve = ({ id, notes }: Seat) => {
      const others = all.filter((each) => each.id !== id);
      return reserveAddresses(owner, expanded.devices, notes, { networks, others, random });
    };
    const reserved = reserve(free);
    // When nothing can be refused any more.
    const launching = {
      record: { name, project, type, ...(fingerprint !== undefined && { fingerprint }) },
      ...expanded,
    };
    const startsNow = origin.kind === "image" && request.start === true;
    const ready = startsNow ? await this.#templates?.take(launching) : undefined;
    const { id, uuid, idBlock, notes } = ready ?? free;
    const startsLater = origin.kind === "image" && type === "virtual-machine" && request.start !== true;
    const volatile = {
      "volatile.uuid": uuid,
      ...(startsLater && fresh),
      ...(await triggerBy(store, origin)),
      ...notes,
      ...(ready ? reserve(ready) : reserved),
      ...formats,
    };
    const record: InstanceRecord = {
      id,
      uuid,
      name,
      project,
      type,
      description: request.description ?? inherited.description,
      architecture,
      ...(fingerprint !== undefined && { fingerprint }),
      pool: root.pool,
      config: withLifetime({ ...config, ...volatile }, expanded.config, now()),
      devices,
      profiles: profileNames,
      ephemeral: request.ephemeral ?? inherited.ephemeral,
      life: "creating",
      idBlock,
      wanted: false,
      createdAt,
    };
    await this.#orGiveBack(id, store.instances.put(record));
    return { record, ...(root.size !== undefined && { size: root.size }) };
  }

  #seat(all: readonly InstanceRecord[], uuid: string, notes: Config = {}): Seat {
    return { id: shortId(uuid), uuid, idBlock: this.#block(all), notes };
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
    const launch = start ? this.#launch(record, origin, request) : undefined;
    let beginning = await launch?.templates.begin(await this.#records.expand(record));
    using _claim = beginning?.kind === "fork" ? beginning.template : undefined;
    context.undo("record", () => this.#dropRecord(record));
    context.undo("logs and keys", () => driverOf(this.#deps, type).forget(id));
    context.undo("root", () => pool.removeRoot(id));
    if (beginning?.kind === "fork" && beginning.ready) context.undo("run", () => clearRun(this.#deps, record));
    if (origin.kind === "image") {
      const report = (percent: number) =>
        context.report({ create_instance_from_image_unpack_progress: `Unpack: ${Math.round(percent)}%` });
      await catalog.use(origin.image.fingerprint, async (image) => {
        await pool.unpackImage(image, report, context.signal);
        if (launch && beginning) beginning = await makeLaunchRoot(launch, record, beginning);
        else await pool.createRoot(request);
      });
    } else if (origin.kind === "backup") {
      await importRoot(this.#deps, origin.reading, record, request, context);
      const { metadata } = origin.reading.index;
      if (metadata) await store.instanceMetadata.put({ instance: id, ...metadata });
    } else if (origin.kind === "copy") await copyInstance(this.#deps, this.#runs, origin, record, request, context);
    else await pool.createRoot(request);
    context.signal.throwIfAborted();
    if (launch && beginning) beginning = await beginFork(launch, record, beginning, context.signal);
    // Read again: a profile may have got another name meanwhile.
    const made = { ...((await store.instances.get(id)) ?? record), life: "present" as const };
    await store.instances.put(beginning ? withBeginning(made, beginning) : made);
    events.lifecycle("instance-created", instanceUrl(record.name), {}, project);
    if (launch && beginning?.kind === "boot") await boot(launch, record, beginning, context.signal);
    else if (beginning) events.lifecycle("instance-ready", instanceUrl(record.name), {}, project);
    else if (start) await this.#runs.start(id, context.signal);
    return undefined;
  }

  /** Of a virtual machine of an image, which may begin as a fork. */
  #launch({ type }: InstanceRecord, origin: Origin, request: RootRequest): Launch | undefined {
    const templates = this.#templates;
    if (!templates || origin.kind !== "image" || type !== "virtual-machine") return undefined;
    return { deps: this.#deps, runs: this.#runs, templates, request };
  }

  async #dropRecord(record: InstanceRecord): Promise<void> {
    const announced = (await this.#deps.store.instances.get(record.id))?.life === "present";
    await this.#deps.store.instances.remove(record.id);
    if (announced) announceDeletion(this.#deps, record);
  }
}

/** Clients that copy send the source's image back, and nothing else of the daemon's notes. */
function requestedConfig(owner: string, requested: Config, inherited: Config): Config {
  const config = withoutLastPower(requested);
  const entries = Object.entries(config);
  const key = entries.find(([k, value]) => k.startsWith("volatile.") && inherited[k] !== value)?.[0];
  if (key !== undefined) throw volatileKey(owner, key);
  return config;
}

/** Of a refresh with nothing there yet: clients send the source's notes along. */
function withoutNotes(request: InstanceCreate): InstanceCreate {
  return { ...request, config: withoutIdentity(request.config ?? {}) };
}

/** What the templates of files are asked for at the first start. */
async function triggerBy(store: InstanceDependencies["store"], origin: Origin): Promise<Config> {
  if (origin.kind === "copy") return (await hasTemplates(store, origin.from)) ? triggered("copy") : {};
  const made = origin.kind === "image" && origin.image.templates !== undefined;
  return made ? triggered("create") : {};
}
