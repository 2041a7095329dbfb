import {
  asLodgeError,
  type Config,
  defaultReady,
  defaultTemplateBudget,
  isTrue,
  LodgeError,
  parseSize,
} from "@lodge/api";
import { wantsCloudInit } from "../instances/cloud-init/seed.ts";
import { driverOf, type InstanceDependencies } from "../instances/dependencies.ts";
import type { ExitReport, InstanceId } from "../instances/driver.ts";
import { Lock } from "../instances/lock.ts";
import { hostRoom } from "../instances/machine-room.ts";
import { machineSize, memoryInBytes } from "../instances/machine-size.ts";
import type { ExpandedInstance } from "../instances/records.ts";
import { removeInstance } from "../instances/removal.ts";
import type { Progress } from "../storage/pool.ts";
import type { TemplateRecord } from "../store.ts";
import type { Beginning, ClaimedTemplate } from "./beginning.ts";
import { Boots } from "./boots.ts";
import { evicted } from "./budget.ts";
import { buildTemplate } from "./build.ts";
import { Claims } from "./claims.ts";
import type { Seat } from "./ready/hold.ts";
import { readyPattern } from "./ready/pattern.ts";
import { ReadyMachines } from "./ready/ready-machines.ts";
import { templateRefusal } from "./refusal.ts";
import { removeTemplate, stateDirectory } from "./removal.ts";
import {
  type Launching,
  memoryOf,
  readShape,
  renewShape,
  shapeKey,
  type TemplateShape,
  templateShape,
} from "./shape.ts";
import { nearestMemory } from "./sizes.ts";

/** What the templates are told by configuration. */
export interface TemplateSettings {
  server(): Promise<Config>;
  project(name: string): Promise<Config>;
}

/** Milliseconds that the first instance of an image has to become ready before its template is built. */
const quiet = 600_000;

/** Warm templates: which there are, who forks from them, when one is made and when it goes. */
export class Templates {
  readonly #deps: InstanceDependencies;
  readonly #settings: TemplateSettings;
  readonly #claims = new Claims();
  readonly #boots = new Boots();
  /** One is built at a time: its guest takes a processor for itself. */
  readonly #building = new Lock();
  /** By key: those that are wanted and not there yet, and those that could not be built. */
  readonly #pending = new Set<string>();
  readonly #end = new AbortController();
  readonly #ready: ReadyMachines;
  /** Of machines that stood ready and that a launch has: the templates, claimed until it has begun. */
  readonly #taken = new Map<InstanceId, ClaimedTemplate>();

  constructor(deps: InstanceDependencies, settings: TemplateSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#ready = new ReadyMachines(deps, {
      each: () => this.#readyEach(),
      claim: async (id) => {
        const record = await deps.store.templates.get(id);
        return record && this.#claimed(record);
      },
    });
  }

  /** A driver's events, of instances and of templates. */
  ready(id: InstanceId): void {
    this.#boots.wasReady(id);
  }

  exited(id: InstanceId, report: ExitReport): void {
    this.#ready.exited(id);
    this.#boots.hasExited(id, report);
  }

  /** No template is built any more, and what stood ready ends. */
  async close(): Promise<void> {
    this.#end.abort(new LodgeError({ code: "operation_interrupted", message: "The daemon ends." }));
    await this.#ready.close();
  }

  /** How many machines stand ready of a template. */
  readyOf(id: InstanceId): number {
    return this.#ready.count(id);
  }

  /**
   * A machine that stands ready for a launch, to be that instance: `begin` of it forks. Undefined: there is none. Never throws. The caller
   * gives it back when nothing comes of the instance before that.
   */
  async take(launch: Launching): Promise<Seat | undefined> {
    try {
      if (this.#ready.size === 0 || (await this.#why(launch)) !== undefined) return undefined;
      const shape = await this.#shape(launch);
      const found = await this.#find(shape, launch);
      const pattern = found && readyPattern(found.id, shape, launch.devices);
      using claimed = new DisposableStack();
      const template = found && claimed.use(await this.#claimed(found));
      const seat = template && pattern && this.#ready.take(pattern);
      if (!seat) return undefined;
      claimed.move();
      this.#taken.set(seat.id, template);
      return seat;
    } catch (err) {
      this.#deps.log.warn({ instance: launch.record.name, err }, "a launch does not look for a machine that is ready");
      return undefined;
    }
  }

  /** Removes a machine that was taken and did not begin. */
  async giveBack(id: InstanceId): Promise<void> {
    using template = this.#taken.get(id);
    if (!template) return;
    this.#taken.delete(id);
    await this.#deps.lock.run(id, () => removeInstance(this.#deps, id));
  }

  async list(project: string): Promise<TemplateRecord[]> {
    const all = await this.#deps.store.templates.list();
    return all.filter((each) => each.project === project && each.life === "present");
  }

  /** Decides how an instance begins that is being launched. Never throws: in doubt it boots. */
  async begin(instance: ExpandedInstance): Promise<Beginning> {
    try {
      const why = await this.#why(instance);
      const taken = this.#taken.get(instance.record.id);
      this.#taken.delete(instance.record.id);
      if (why !== undefined && !taken) return { kind: "boot", why };
      const shape = await this.#shape(instance);
      const template = taken ?? (await this.#claim(shape, instance));
      if (template) {
        const pattern = readyPattern(template.id, shape, instance.devices);
        if (pattern) this.#ready.used(pattern);
        return { kind: "fork", template, ...(taken && { ready: true }) };
      }
      // An image of clouds may become ready by that data alone.
      const leaves = !wantsCloudInit(instance.config);
      return { kind: "boot", why: "there was no template", ...(leaves && { shape }) };
    } catch (err) {
      this.#deps.log.warn({ instance: instance.record.name, err }, "a launch boots: templates cannot be looked at");
      return { kind: "boot", why: asLodgeError(err).message };
    }
  }

  /** An instance was launched and boots: once it is ready, its template is made. Not awaited. */
  leave({ record }: Pick<ExpandedInstance, "record">, shape: TemplateShape): void {
    const key = `${shapeKey(shape)} ${memoryOf(shape)}`;
    if (this.#pending.has(key)) return;
    this.#pending.add(key);
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(quiet)]);
    this.#boots
      .ready(record.id, signal)
      .finally(() => this.#pending.delete(key))
      .then(() => this.#leave(key, shape))
      .catch((err: unknown) => {
        if (!this.#end.signal.aborted) this.#deps.log.info({ instance: record.name, err }, "no template is left");
      });
  }

  /** An image that cannot be one is not tried at every launch; the next daemon tries again. */
  async #leave(key: string, shape: TemplateShape): Promise<void> {
    this.#pending.add(key);
    try {
      await this.build(shape, () => undefined, this.#end.signal);
      this.#pending.delete(key);
    } catch (err) {
      if (!this.#end.signal.aborted)
        this.#deps.log.warn({ image: shape.fingerprint, err }, "no template could be made");
    }
  }

  /** Makes a template, unless there is one of its shape. */
  build(shape: TemplateShape, progress: Progress, signal: AbortSignal): Promise<TemplateRecord> {
    return this.#building.run(async () => {
      signal.throwIfAborted();
      const there = (await this.#alike(shape)).find((each) => memoryOf(readShape(each.shape)) === memoryOf(shape));
      if (there) return there;
      const made = await buildTemplate(this.#deps, { shape, boots: this.#boots, progress, signal });
      this.#deps.log.info({ template: made.id, image: made.fingerprint, size: made.size }, "a template was made");
      await this.#evict();
      if (await this.#deps.store.templates.get(made.id)) return made;
      throw new LodgeError({
        code: "pool_full",
        message: `The template takes ${made.size} bytes, more than templates.budget allows; raise it ("lodge config set templates.budget=…").`,
      });
    });
  }

  /** The shape that a template for such instances has. */
  async shapeOf(instance: ExpandedInstance): Promise<TemplateShape> {
    const why = templateRefusal(this.#sized(instance));
    if (why === undefined) return this.#shape(instance);
    throw new LodgeError({ code: "state_unsupported", message: `There is no template for such an instance: ${why}.` });
  }

  remove(id: InstanceId): Promise<void> {
    return removeTemplate(this.#deps, this.#claims, id, () => this.#ready.endOf(id));
  }

  /** Before an image goes, which no instance uses any more. */
  async removeOf(fingerprint: string): Promise<void> {
    for (const each of await this.#deps.store.templates.list()) {
      if (each.fingerprint === fingerprint) await this.remove(each.id);
    }
  }

  /** Before a project goes, which has no instances any more. */
  async removeOfProject(project: string): Promise<void> {
    for (const each of await this.#deps.store.templates.list())
      if (each.project === project) await this.remove(each.id);
  }

  /** Its state cannot be used: nobody else shall try. Not awaited: whoever says so claims it still. */
  discard({ id }: ClaimedTemplate): void {
    this.remove(id).catch((err: unknown) =>
      this.#deps.log.error({ template: id, err }, "a template that cannot be used stays"),
    );
  }

  /** At daemon start, not awaited: finishes removals, and makes anew what another version of the driver's tool made, or on a host of another size. */
  async refresh(): Promise<void> {
    const { store, log } = this.#deps;
    try {
      const tool = await this.#tool();
      for (const { id, life, shape: text } of await store.templates.list()) {
        const shape = readShape(text);
        const renewed = renewShape(shape, tool, hostRoom(this.#deps.host));
        if (life === "present" && shapeKey(shape) === shapeKey(renewed)) continue;
        await this.remove(id);
        if (life === "present") await this.build(renewed, () => undefined, this.#end.signal);
      }
    } catch (err) {
      if (!this.#end.signal.aborted) log.warn({ err }, "templates could not be brought up to date");
    }
  }

  async #refusal(project: string): Promise<string | undefined> {
    const off = (config: Config) => config["templates.enabled"] !== undefined && !isTrue(config["templates.enabled"]);
    const { server, project: ofProject } = this.#settings;
    if (off(await server()) || off(await ofProject(project))) return "templates are switched off";
    const { saveState, personalize } = driverOf(this.#deps, "virtual-machine");
    return saveState && personalize ? undefined : "its driver has no forks";
  }

  async #why(launch: Launching): Promise<string | undefined> {
    return templateRefusal(this.#sized(launch)) ?? (await this.#refusal(launch.record.project));
  }

  #sized(launch: Launching): Launching {
    return { ...launch, config: memoryInBytes(launch.config, this.#deps.host.memory) };
  }

  async #readyEach(): Promise<number> {
    const config = await this.#settings.server();
    if (config["templates.enabled"] !== undefined && !isTrue(config["templates.enabled"])) return 0;
    const { hold } = driverOf(this.#deps, "virtual-machine");
    return hold && this.#deps.network.foresee ? Number(config["templates.ready"] ?? defaultReady) : 0;
  }

  async #shape(instance: Launching): Promise<TemplateShape> {
    return templateShape(this.#sized(instance), await this.#tool(), hostRoom(this.#deps.host));
  }

  /** Those that differ in their memory alone. */
  async #alike(shape: TemplateShape): Promise<TemplateRecord[]> {
    const key = shapeKey(shape);
    return (await this.list(shape.project)).filter((each) => shapeKey(readShape(each.shape)) === key);
  }

  /** Of those that there are the one for a launch. */
  async #find(shape: TemplateShape, launch: Launching): Promise<TemplateRecord | undefined> {
    const alike = await this.#alike(shape);
    const memories = alike.map((each) => memoryOf(readShape(each.shape)));
    const nearest = nearestMemory(machineSize(this.#sized(launch).config).memory, memories);
    return alike[memories.findIndex((memory) => memory === nearest)];
  }

  async #claim(shape: TemplateShape, launch: Launching): Promise<ClaimedTemplate | undefined> {
    const { store, now } = this.#deps;
    const found = await this.#find(shape, launch);
    const claimed = found && (await this.#claimed(found));
    if (claimed) await store.templates.put({ ...found, lastUsedAt: now() });
    return claimed;
  }

  async #claimed({ id }: Pick<TemplateRecord, "id">): Promise<ClaimedTemplate | undefined> {
    using claims = new DisposableStack();
    claims.use(this.#claims.claim(id));
    // It may have begun to go before it was claimed.
    const record = await this.#deps.store.templates.get(id);
    if (record?.life !== "present") return undefined;
    const kept = claims.move();
    const [directory, memory] = [stateDirectory(this.#deps, record), memoryOf(readShape(record.shape))];
    return { id, directory, memory, [Symbol.dispose]: () => kept.dispose() };
  }

  async #evict(): Promise<void> {
    const budget = parseSize((await this.#settings.server())["templates.budget"] ?? "") ?? defaultTemplateBudget;
    const present = (await this.#deps.store.templates.list()).filter(({ life }) => life === "present");
    for (const id of evicted(present, budget)) {
      this.#deps.log.info({ template: id, budget }, "a template goes: its room is needed");
      await this.remove(id);
    }
  }

  async #tool(): Promise<string> {
    const { name, version } = await driverOf(this.#deps, "virtual-machine").info();
    return `${name} ${version}`;
  }
}
