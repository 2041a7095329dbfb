/** Services in memory, for tests of the edge: instances are rows in a map and their commands small programs of the test. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { type Alias, type Image, type Instance, type InstanceSnapshot } from "@lodge/api";
import {
  Backups,
  Certificates,
  type ConsoleSession,
  EventBus,
  type ExecRequest,
  type ExecSession,
  type ImageImport,
  ImagePushes,
  ImageSecrets,
  type ImageService,
  KeyedLock,
  Lock,
  NetworkChanges,
  NetworkForwards,
  Networks,
  Operations,
  OwnedVolumes,
  type RunningOperation,
  renderOpenMetrics,
  type Services,
  silentLog,
  TrustTokens,
  type VolumeDependencies,
  VolumeFiles,
  VolumeSnapshots,
  Volumes,
  volumeBackups,
  Warnings,
} from "@lodge/core";
import { FakeArchives, FakeNetwork, FakePool, MemoryStore } from "@lodge/core/testing";
import { readResources } from "../../system/resources/resources.ts";
import { type FakeFiles, fakeFiles } from "./fake-files.ts";
import { fakeGovernor } from "./fake-governor.ts";
import { fakeReceiving, fakeSending } from "./fake-migration.ts";
import {
  calm,
  fakeBackup,
  fakeInstance,
  fakeNetwork,
  fakePool,
  fakeProfile,
  fakeProject,
  fakeSnapshot,
  fakeState,
  flat,
  flatHost,
} from "./fake-records.ts";
import { fakeConsole, fakeExec, fakeScreen } from "./fake-sessions.ts";
import { refuse } from "./refuse.ts";

export interface FakeServices extends Services {
  readonly instanceRows: Map<string, Instance>;
  readonly snapshotRows: Map<string, InstanceSnapshot[]>;
  readonly imageRows: Map<string, Image>;
  readonly imports: ImageImport[];
  readonly changes: unknown[];
  readonly files: FakeFiles;
  /** How many file accesses have not been closed. */
  openFiles: number;
  /** What the next exec runs. */
  command: (request: ExecRequest) => ExecSession;
  console: () => ConsoleSession;
}

export function fakeServices(): FakeServices {
  const store = new MemoryStore();
  const events = new EventBus(() => new Date());
  const operations = new Operations({
    store,
    events,
    log: silentLog,
    now: () => new Date(),
    newId: randomUUID,
    keep: 5000,
  });
  const instanceRows = new Map<string, Instance>();
  const snapshotRows = new Map<string, InstanceSnapshot[]>();
  const imageRows = new Map<string, Image>();
  const imports: ImageImport[] = [];
  const changes: unknown[] = [];
  const files: FakeFiles = new Map();
  const aliases = new Map<string, Alias>();

  // The core's own rules, over nothing.
  void store.networks.put(fakeNetwork);
  void store.pools.put({ name: "default", driver: "fake", description: "", config: {}, life: "present" });
  const networking = {
    ...{ store, events, log: silentLog, network: new FakeNetwork(), random: () => 0 },
    ...{ choosing: new Lock(), isRunning: () => false },
  };
  const networkChanges = new NetworkChanges(networking);

  const pool = new FakePool();
  const volumes: VolumeDependencies = {
    ...{ store, operations, events, log: silentLog, drivers: new Map(), pools: new Map([["default", pool]]) },
    ...{
      archives: new FakeArchives(pool),
      lock: new KeyedLock(),
      volumeLock: new KeyedLock(),
      volumeFiles: new VolumeFiles(() => fakeFiles(files)),
      choosing: new Lock(),
      keepUnknown: false,
    },
    ...{ now: () => new Date(), newUuid: randomUUID, runs: { isRunning: () => false } },
  };

  const find = (name: string) =>
    instanceRows.get(name) ?? refuse("instance_not_found", `Instance ${name} does not exist.`);
  const begin = (
    description: string,
    name: string,
    work: () => Promise<undefined> | undefined,
  ): Promise<RunningOperation> =>
    operations.begin(
      { description, resources: { instances: [`/1.0/instances/${name}`] }, project: "default" },
      async () => work(),
    );

  const metadataContent = {
    metadata: { architecture: "x86_64", creation_date: 1, expiry_date: 0, properties: { os: "Debian" }, templates: {} },
    files: {} as Record<string, string>,
  };
  const findBackup = (name: string) =>
    name === fakeBackup.name ? fakeBackup : refuse("backup_not_found", `There is no backup ${name}.`);

  const findSnapshot = (instance: string, name: string) =>
    snapshotRows.get(instance)?.find((each) => each.name === name) ??
    refuse("snapshot_not_found", `Instance ${instance} has no snapshot ${name}.`);

  const images: ImageService = {
    list: async () => [...imageRows.values()],
    get: async (fingerprint) =>
      [...imageRows.values()].find((i) => i.fingerprint.startsWith(fingerprint)) ??
      refuse("image_not_found", `There is no image ${fingerprint}.`),
    stage: async () => {
      const directory = await mkdtemp(join(tmpdir(), "lodge-stage-"));
      return { directory, dispose: () => rm(directory, { recursive: true, force: true }) };
    },
    import: async (request) => {
      imports.push(request);
      const { operationMetadata: metadata = {} } = request;
      const about = { description: "Importing image", resources: {}, project: "default", metadata };
      return operations.begin(about, async () => {
        await request.staging.dispose();
        return undefined;
      });
    },
    copy: async () => begin("Copying image", "", () => undefined),
    build: async () => begin("Building image", "", () => undefined),
    definitions: async () => ["tiny", "debian/12"],
    delete: async () => begin("Deleting image", "", () => undefined),
    update: async (fingerprint, change) => void changes.push({ fingerprint, ...change }),
    files: async () => refuse("image_not_found", "no files"),
    aliases: async () => [...aliases.values()],
    alias: async (name) => aliases.get(name) ?? refuse("alias_not_found", `There is no alias ${name}.`),
    addAlias: async ({ name, description, target }) => {
      if (aliases.has(name)) refuse("alias_exists", `The alias ${name} is taken.`);
      aliases.set(name, { name, description, target, type: "container" });
    },
    updateAlias: async (name, _type, change) => {
      const alias = aliases.get(name) ?? refuse("alias_not_found", `There is no alias ${name}.`);
      const { description = alias.description, target = alias.target } = change(alias);
      aliases.set(name, { ...alias, description, target });
    },
    renameAlias: async (name, _type, newName) => {
      const alias = aliases.get(name) ?? refuse("alias_not_found", `There is no alias ${name}.`);
      aliases.delete(name);
      aliases.set(newName, { ...alias, name: newName });
    },
    removeAlias: async (name) => void aliases.delete(name),
  };
  const fakes: FakeServices = {
    instanceRows,
    snapshotRows,
    imageRows,
    imports,
    changes,
    files,
    openFiles: 0,
    command: () => fakeExec(async () => 0),
    console: () => fakeConsole(),
    migrations: {
      sendInstance: async ({ name }) => fakeSending(find(name).name),
      receiveInstance: async (_project, { name = "" }) => fakeReceiving(name),
      sendVolume: async ({ name }) => fakeSending(name),
      receiveVolume: async (_project, _pool, { name }) => fakeReceiving(name),
    },
    volumes: new Volumes(volumes),
    ownedVolumes: new OwnedVolumes(volumes),
    volumeSnapshots: new VolumeSnapshots(volumes),
    volumeBackups: new Backups(volumes, volumeBackups(volumes)),
    instances: {
      list: async (project) => [...instanceRows.values()].filter((i) => i.project === project),
      listFull: async (project, accepts) =>
        [...instanceRows.values()]
          .filter((i) => i.project === project && accepts(i))
          .map((i) => ({ ...i, state: fakeState(i), snapshots: snapshotRows.get(i.name) ?? [], backups: [] })),
      get: async (_project, name) => find(name),
      state: async (_project, name) => fakeState(find(name)),
      create: async (_project, request) => {
        const name = request.name || "chosen";
        if (instanceRows.has(name)) refuse("instance_exists", `Instance ${name} exists.`);
        return begin("Creating instance", name, () => {
          instanceRows.set(
            name,
            fakeInstance(name, { status: "Stopped", status_code: 102, type: request.type || "container" }),
          );
          return undefined;
        });
      },
      import: async (_project, stream, request) => {
        const backup = await text(stream);
        if (backup === "damaged") refuse("backup_invalid", "The backup is refused.");
        const name = request.name || "imported";
        return begin("Creating instance", name, () => {
          changes.push({ import: request, backup });
          instanceRows.set(name, fakeInstance(name, { status: "Stopped", status_code: 102 }));
          return undefined;
        });
      },
      publish: async (_project, request) => {
        find(request.source.name);
        changes.push(request);
        return begin("Publishing instance", request.source.name, () => undefined);
      },
      update: async (_project, name, change) => {
        changes.push(typeof change === "function" ? change(find(name)) : change);
        return begin("Updating instance", name, () => undefined);
      },
      changeState: async (_project, name, change) => {
        const instance = find(name);
        return begin(`Changing state (${change.action})`, name, () => {
          if (instance.config["user.fail"]) refuse("instance_start_failed", "it would not");
          const stopped = change.action === "stop";
          instanceRows.set(name, {
            ...instance,
            status: stopped ? "Stopped" : "Running",
            status_code: stopped ? 102 : 103,
          });
          return undefined;
        });
      },
      rebuild: async (_project, name) => {
        find(name);
        return begin("Rebuilding instance", name, () => undefined);
      },
      fork: async (_project, name, request) => {
        find(name);
        return begin("Forking instance", request.name, () => undefined);
      },
      delete: async (_project, name) => {
        const uuid = find(name).config["volatile.uuid"];
        return begin("Deleting instance", name, () => {
          instanceRows.delete(name);
          events.lifecycle("instance-deleted", `/1.0/instances/${name}`, { uuid });
          return undefined;
        });
      },
      moveToProject: async (_project, name) => begin("Moving instance", name, () => undefined),
      move: async (_project, name, { pool, name: newName = name }) =>
        begin("Moving instance", name, () => void changes.push(`${name} to ${pool} as ${newName}`)),
      rename: async (_project, name, newName) => {
        find(name);
        return begin("Renaming instance", name, () => void changes.push(newName));
      },
      bindToSession: async (_project, name) => {
        find(name);
        return async () => void instanceRows.delete(name);
      },
      exec: async (_project, name, request) => {
        if (find(name).status !== "Running")
          refuse("instance_wrong_state", `Instance ${name} is not running; start it.`);
        return fakes.command(request);
      },
      console: async (_project, name) => {
        find(name);
        return fakes.console();
      },
      runtimeLog: async (_project, name) => Buffer.from(`runtime of ${find(name).name}\n`),
      clearConsoleLog: async (_project, name) => void changes.push({ cleared: find(name).name }),
      consoleLog: async (_project, name) => Buffer.from(`console of ${find(name).name}\n`),
      screenshot: async (_project, name) =>
        find(name).type === "container" ? refuse("not_supported", "Containers have no screen.") : Buffer.from("PNG"),
      pressKeys: async (_project, name, request) => {
        if (find(name).type === "container") refuse("not_supported", "Containers have no keyboard.");
        changes.push(request);
        return begin("Pressing keys", name, () => undefined);
      },
      screen: async (_project, name) => {
        if (find(name).type === "container") refuse("not_supported", "Containers have no screen.");
        return async () => fakeScreen();
      },
      files: async (_project, name) => {
        find(name);
        fakes.openFiles += 1;
        return { ...fakeFiles(files), close: async () => void (fakes.openFiles -= 1) };
      },
    },
    instanceMetadata: {
      get: async () => metadataContent.metadata,
      update: async (_project, _name, change) => void changes.push(change(metadataContent.metadata)),
      templates: async () => Object.keys(metadataContent.files),
      template: async (_project, _name, template) =>
        metadataContent.files[template] ?? refuse("template_file_not_found", `There is no template ${template}.`),
      putTemplate: async (_project, _name, template, content) => void (metadataContent.files[template] = content),
      deleteTemplate: async (_project, _name, template) => void delete metadataContent.files[template],
    },
    backups: {
      list: async ({ name }) => (find(name), [fakeBackup]),
      get: async ({ name }, backup) => (find(name), findBackup(backup)),
      create: async ({ name }, request) => begin("Creating backup", find(name).name, () => void changes.push(request)),
      rename: async ({ name }, backup, request) =>
        begin("Renaming backup", find(name).name, () => void changes.push({ backup, ...request })),
      delete: async ({ name }, backup) =>
        begin("Removing backup", find(name).name, () => void changes.push({ removed: backup })),
      fetch: async ({ name }, backup) => (find(name), findBackup(backup), Readable.from(["kept"])),
      stream: async ({ name }, request) => {
        find(name);
        return Readable.from([`made ${JSON.stringify(request)}`]);
      },
    },
    snapshots: {
      list: async (_project, instance) => snapshotRows.get(find(instance).name) ?? [],
      get: async (_project, instance, name) => findSnapshot(find(instance).name, name),
      create: async (_project, instance, request) => {
        changes.push(request);
        const name = request.name || "snap0";
        const urls = [`/1.0/instances/${instance}/snapshots/${name}`];
        find(instance);
        return operations.begin(
          { description: "Creating snapshot", resources: { instances_snapshots: urls }, project: "default" },
          async () => {
            snapshotRows.set(instance, [...(snapshotRows.get(instance) ?? []), fakeSnapshot(name)]);
            return undefined;
          },
        );
      },
      update: async (_project, instance, name, change) => {
        findSnapshot(instance, name);
        changes.push(change);
        return begin("Updating snapshot", instance, () => undefined);
      },
      rename: async (_project, instance, name, change) => {
        findSnapshot(instance, name);
        changes.push(change);
        return begin("Renaming snapshot", instance, () => undefined);
      },
      delete: async (_project, instance, name) => {
        findSnapshot(instance, name);
        return begin("Deleting snapshot", instance, () => {
          snapshotRows.set(
            instance,
            (snapshotRows.get(instance) ?? []).filter((each) => each.name !== name),
          );
          return undefined;
        });
      },
    },
    images: { of: async () => images },
    remoteImages: {
      of: async () => ({
        list: async () => [],
        pull: async () => begin("Downloading image", "", () => undefined),
        pullByUrl: async (request) => begin("Downloading image", "", () => void changes.push(request)),
        refresh: async () => begin("Refreshing image", "", () => undefined),
      }),
    },
    networks: new Networks(networking, networkChanges),
    networkForwards: new NetworkForwards(networking, networkChanges),
    pools: {
      drivers: ["btrfs", "dir"],
      list: async () => [fakePool],
      get: async (name) => (name === "default" ? fakePool : refuse("pool_not_found", `There is no pool ${name}.`)),
      resources: async () => ({ space: { used: 1, total: 2 }, inodes: { used: 1, total: 2 } }),
      create: async (request) => void changes.push(request),
      update: async (_name, change) => void changes.push(change(fakePool)),
      delete: async (name) => void changes.push(`delete ${name}`),
    },
    profiles: {
      list: async () => [fakeProfile],
      get: async (_project, name) =>
        name === "default" ? fakeProfile : refuse("profile_not_found", `There is no profile ${name}.`),
      create: async (_project, request) => void changes.push(request),
      update: async (_project, _name, change) => void changes.push(change(fakeProfile)),
      rename: async (_project, _name, newName) => void changes.push(newName),
      delete: async (_project, name) => void changes.push(`delete ${name}`),
    },
    projects: {
      names: async () => [fakeProject.name],
      list: async () => [fakeProject],
      config: async (name) =>
        name === "default" ? fakeProject.config : refuse("project_not_found", `There is no project ${name}.`),
      state: async () => ({ resources: { instances: { Limit: -1, Usage: 1 } } }),
      home: async (name) => name,
      create: async (request) => void changes.push(request),
      rename: async (_name, newName) => void changes.push(newName),
      delete: async (name) => void changes.push(`delete ${name}`),
      get: async (name) =>
        name === "default" ? fakeProject : refuse("project_not_found", `There is no project ${name}.`),
      update: async (_name, change) => void changes.push(change(fakeProject)),
    },
    templates: {
      list: async () => [],
      get: async (_project, id) => refuse("template_not_found", `There is no template ${id}.`),
      build: () => begin("Building template", "", () => undefined),
      delete: async (_project, id) => refuse("template_not_found", `There is no template ${id}.`),
    },
    certificates: new Certificates({
      ...{ store, events, lock: new Lock(), now: () => new Date() },
      projects: { names: async () => ["default", "web"] },
    }),
    tokens: new TrustTokens({
      ...{ operations, now: () => new Date(), newSecret: () => randomBytes(32).toString("hex") },
      wait: (milliseconds, signal) => delay(milliseconds, undefined, { ref: false, signal }),
    }),
    imagePushes: new ImagePushes({
      ...{ operations, newSecret: () => randomBytes(32).toString("hex") },
      wait: (milliseconds, signal) => delay(milliseconds, undefined, { ref: false, signal }),
    }),
    imageSending: {
      send: async (project, fingerprint, request) => {
        changes.push({ project, fingerprint, ...request });
        return begin("Sending image", "", () => undefined);
      },
    },
    imageSecrets: new ImageSecrets({
      ...{ operations, newSecret: () => randomBytes(32).toString("hex") },
      wait: (milliseconds, signal) => delay(milliseconds, undefined, { ref: false, signal }),
    }),
    config: {
      get: async () => ({ "user.a": "b" }),
      update: async (change) => void changes.push(change({ "user.a": "b" })),
    },
    warnings: new Warnings({
      ...{ store, events, log: silentLog, lock: new Lock(), now: () => new Date(), newUuid: randomUUID },
      sources: [async () => [{ type: "t", severity: "low", project: "", entity: "", message: "It is so." }]],
    }),
    governor: fakeGovernor(),
    metrics: {
      scrape: async ({ shows, server }) =>
        renderOpenMetrics([
          ...[...instanceRows.values()]
            .filter(({ project }) => shows(project))
            .map(({ name, project }) => ({ name: "lxd_procs_total", labels: { name, project }, value: 1 })),
          ...(server ? [{ name: "lxd_uptime_seconds", labels: {}, value: 1 }] : []),
        ]),
    },
    usage: {
      now: async ({ shows, host }) => ({
        ...{ timestamp: "2026-01-02T03:04:05.000Z", interval: 5 },
        host: host ? { cpu: 1, cpus: 2, load: 0, memory: { used: 1, total: 2, available: 1 }, pressure: calm } : null,
        instances: [...instanceRows.values()]
          .filter(({ project }) => shows(project))
          .map(({ name, project, type }) => ({
            ...{ name, project, type, status: "Running", cpu: 1, pressure: calm, processes: 2 },
            memory: { used: 1, total: 2, target: null, demand: null },
            ...{ disk: { read: 0, written: 0 }, network: { received: null, sent: null } },
          })),
      }),
      instanceHistory: async (_project, _name, { step }) => ({ start: "2026-01-02T03:04:05.000Z", step, series: flat }),
      hostHistory: async ({ step }) => ({ start: "2026-01-02T03:04:05.000Z", step, series: flatHost }),
    },
    host: {
      info: async () => ({
        kernel: "6.1",
        architecture: "x86_64",
        os: "Debian",
        cpus: 2,
        memory_total: 1e9,
        memory_available: 5e8,
        accelerator: "tcg",
        accelerator_reason: "no /dev/kvm",
        cgroup: "v2",
        lodge_dir: "/var/lib/lodge",
        version: "0.0.0",
        pid: process.pid,
        findings: [],
      }),
      resources: () => readResources({ sys: "/nowhere", proc: "/nowhere", dev: "/nowhere" }),
      shutDown: () => begin("Shutting instances down with the host", "", () => undefined),
    },
    operations,
    events,
  };
  return fakes;
}
