import type { Duplex, Readable } from "node:stream";
import {
  type ImagePublish,
  type Instance,
  type InstanceCreate,
  type InstanceFork,
  type InstanceFull,
  type InstancePut,
  type InstanceRebuild,
  type InstanceState,
  type InstanceStatePut,
  type KeysPost,
  LodgeError,
} from "@lodge/api";
import { importInstance } from "../backups/import.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { InstanceChange, InstanceImport, InstanceService } from "../services.ts";
import { restoreInstance } from "../snapshots/restore.ts";
import type { InstanceRecord } from "../store.ts";
import type { Templates } from "../templates/templates.ts";
import { InstanceCreation } from "./create.ts";
import { driverOf, type InstanceDependencies, instanceUrl } from "./dependencies.ts";
import type { ConsoleSession, ExecRequest, ExecSession, GuestFiles, InstanceId, InstanceIdentity } from "./driver.ts";
import { forkInstance } from "./fork.ts";
import { identityOf } from "./identity.ts";
import { planKeys } from "./keyboard/plan.ts";
import { bindToSession } from "./life/session-bound.ts";
import { KeyedLock } from "./lock.ts";
import { type InstanceMove, moveInstance } from "./move.ts";
import { moveToProject, type ProjectMove } from "./move-project.ts";
import { requireDeletable } from "./protection.ts";
import { Publishing } from "./publish.ts";
import { rebuildInstance } from "./rebuild.ts";
import { InstanceRecords } from "./records.ts";
import { removeInstance, requireStopped } from "./removal.ts";
import { renameInstance } from "./rename.ts";
import { RootFiles } from "./root-files.ts";
import type { Runs } from "./runs.ts";
import { screensOf } from "./screens.ts";
import { changeState } from "./state-change.ts";
import { updateInstance } from "./update.ts";
import { InstanceViews } from "./views.ts";

/** What users do to instances. */
export class Instances implements InstanceService {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #templates: Templates | undefined;
  readonly #records: InstanceRecords;
  readonly #views: InstanceViews;
  readonly #creation: InstanceCreation;
  /** One types at a time. */
  readonly #keyboards = new KeyedLock<InstanceId>();
  readonly #publishing: Publishing;
  readonly #rootFiles: RootFiles;

  /** Without templates, every launch boots. */
  constructor(deps: InstanceDependencies, runs: Runs, templates?: Templates) {
    this.#deps = deps;
    this.#runs = runs;
    this.#templates = templates;
    this.#records = new InstanceRecords(deps.store);
    this.#views = new InstanceViews(deps, runs);
    this.#creation = new InstanceCreation(deps, runs, templates);
    this.#publishing = new Publishing(deps, runs);
    this.#rootFiles = new RootFiles(deps, runs);
  }

  list(project: string): Promise<Instance[]> {
    return this.#views.list(project);
  }

  listFull(project: string, accepts: (instance: Instance) => boolean): Promise<InstanceFull[]> {
    return this.#views.listFull(project, accepts);
  }

  async get(project: string, name: string): Promise<Instance> {
    return this.#views.one(await this.#records.get(project, name));
  }

  async state(project: string, name: string): Promise<InstanceState> {
    return this.#views.state(await this.#records.get(project, name));
  }

  create(project: string, request: InstanceCreate): Promise<RunningOperation> {
    return this.#creation.create(project, request);
  }

  import(project: string, stream: Readable, request: InstanceImport): Promise<RunningOperation> {
    return importInstance(this.#deps, this.#runs, this.#creation, project, stream, request);
  }

  publish(project: string, request: ImagePublish): Promise<RunningOperation> {
    return this.#publishing.publish(project, request);
  }

  async update(project: string, name: string, change: InstancePut | InstanceChange): Promise<RunningOperation> {
    const record = await this.#records.get(project, name);
    const changeOf = typeof change === "function" ? change : () => change;
    const { restore, ...put } = changeOf(record);
    if (restore) return restoreInstance(this.#deps, this.#runs, record, { ...put, restore });
    const updated = await updateInstance(this.#deps, this.#runs, record, changeOf);
    return this.#deps.operations.begin(
      { description: "Updating instance", resources: { instances: [instanceUrl(name)] }, project },
      () => this.#deps.lock.run(record.id, updated),
    );
  }

  async changeState(project: string, name: string, change: InstanceStatePut): Promise<RunningOperation> {
    const record = await this.#records.get(project, name);
    return changeState(this.#deps, this.#runs, this.#templates, record, change);
  }

  async rebuild(project: string, name: string, request: InstanceRebuild): Promise<RunningOperation> {
    return rebuildInstance(this.#deps, this.#runs, await this.#records.get(project, name), request);
  }

  async delete(project: string, name: string): Promise<RunningOperation> {
    const record = await this.#records.get(project, name);
    const { id } = record;
    requireDeletable(name, (await this.#records.expand(record)).config);
    requireStopped(name, this.#runs.isRunning(id));
    return this.#deps.operations.begin(
      { description: "Deleting instance", resources: { instances: [instanceUrl(name)] }, project, cancellable: false },
      () =>
        this.#deps.lock.run(id, async () => {
          requireStopped(name, this.#runs.isRunning(id));
          requireDeletable(name, (await this.#records.expand(await this.#records.get(project, name))).config);
          this.#runs.forget(id);
          await removeInstance(this.#deps, id);
          return undefined;
        }),
    );
  }

  async fork(project: string, name: string, request: InstanceFork): Promise<RunningOperation> {
    return forkInstance(this.#deps, this.#runs, this.#creation, await this.#records.get(project, name), request);
  }

  async rename(project: string, name: string, newName: string): Promise<RunningOperation> {
    return renameInstance(this.#deps, this.#runs, await this.#records.get(project, name), newName);
  }

  async move(project: string, name: string, request: InstanceMove): Promise<RunningOperation> {
    return moveInstance(this.#deps, this.#runs, await this.#records.get(project, name), request);
  }

  async moveToProject(project: string, name: string, request: ProjectMove): Promise<RunningOperation> {
    return moveToProject(this.#deps, this.#runs, await this.#records.get(project, name), request);
  }

  async exec(project: string, name: string, request: ExecRequest): Promise<ExecSession> {
    const expanded = await this.#records.expand(await this.#running(project, name));
    const prefix = "environment.";
    const configured = Object.entries(expanded.config).filter(([key]) => key.startsWith(prefix));
    const environment = {
      ...Object.fromEntries(configured.map(([key, value]) => [key.slice(prefix.length), value])),
      ...request.environment,
    };
    return driverOf(this.#deps, expanded.record.type).exec(expanded.record.id, { ...request, environment });
  }

  async bindToSession(project: string, name: string): Promise<() => Promise<void>> {
    return bindToSession(this.#deps, this.#runs, await this.#running(project, name));
  }

  async console(project: string, name: string): Promise<ConsoleSession> {
    const record = await this.#running(project, name);
    return driverOf(this.#deps, record.type).console(record.id);
  }

  async consoleLog(project: string, name: string): Promise<Buffer> {
    const record = await this.#records.get(project, name);
    return driverOf(this.#deps, record.type).consoleLog(record.id);
  }

  async clearConsoleLog(project: string, name: string): Promise<void> {
    const record = await this.#records.get(project, name);
    await driverOf(this.#deps, record.type).clearConsoleLog(record.id);
    this.#deps.events.lifecycle("instance-console-reset", instanceUrl(name), {}, project);
  }

  async runtimeLog(project: string, name: string): Promise<Buffer> {
    const record = await this.#records.get(project, name);
    return driverOf(this.#deps, record.type).runtimeLog(record.id);
  }

  async screenshot(project: string, name: string): Promise<Buffer> {
    const record = await this.#running(project, name);
    return screensOf(this.#deps, record).screenshot(record.id);
  }

  async pressKeys(project: string, name: string, request: KeysPost): Promise<RunningOperation> {
    const record = await this.#running(project, name);
    const screens = screensOf(this.#deps, record);
    const steps = planKeys(request);
    return this.#deps.operations.begin(
      { description: "Pressing keys", resources: { instances: [instanceUrl(name)] }, project },
      ({ signal }) =>
        this.#keyboards.run(record.id, async () => {
          signal.throwIfAborted();
          await screens.pressKeys(record.id, steps, signal);
          return undefined;
        }),
    );
  }

  async screen(project: string, name: string): Promise<() => Promise<Duplex>> {
    const record = await this.#running(project, name);
    const screens = screensOf(this.#deps, record);
    return () => screens.viewScreen(record.id);
  }

  async files(project: string, name: string): Promise<GuestFiles> {
    const record = await this.#records.get(project, name);
    if (this.#runs.isRunning(record.id))
      return driverOf(this.#deps, record.type).files(await this.#identity(record), undefined);
    if (record.type === "virtual-machine") throw notRunning(name);
    return this.#rootFiles.open(record, await this.#identity(record));
  }

  async #identity(record: InstanceRecord): Promise<InstanceIdentity> {
    return identityOf(record, (await this.#records.expand(record)).config, this.#deps);
  }

  async #running(project: string, name: string): Promise<InstanceRecord> {
    const record = await this.#records.get(project, name);
    if (this.#runs.isRebooting(record.id)) {
      throw new LodgeError({
        code: "instance_not_ready",
        message: `Instance "${name}" is rebooting; wait with "lodge wait ${name}".`,
      });
    }
    if (!this.#runs.isRunning(record.id)) throw notRunning(name);
    return record;
  }
}

function notRunning(name: string): LodgeError {
  return new LodgeError({
    code: "instance_wrong_state",
    message: `Instance "${name}" is not running; "lodge start ${name}" starts it.`,
  });
}
