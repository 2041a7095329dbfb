#!/usr/bin/env node
/** lodged: puts the parts together. The only file that knows the drivers by name. */
import { randomBytes, randomUUID } from "node:crypto";
import { flushCompileCache } from "node:module";
import { arch, availableParallelism, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type InstanceType, isTrue, serverConfigKeys } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import {
  abandonPool,
  Backups,
  Certificates,
  chooseAddresses,
  countServer,
  type DriverEvents,
  defaultAddresses,
  discardInstance,
  dueOfInstances,
  dueOfVolumes,
  EventBus,
  ensureDefaults,
  ensureSandboxProfile,
  expiredBackups,
  expiredImages,
  expiredOfInstances,
  expiredOfVolumes,
  expiredVolumeBackups,
  type Governed,
  Governor,
  GovernorLog,
  History,
  HostBoot,
  HostShutdown,
  hostTroubles,
  ImageLibrary,
  ImageSecrets,
  type ImageServers,
  type ImageUrls,
  type InstanceDependencies,
  type InstanceId,
  InstanceMetadataCommands,
  Instances,
  imageTroubles,
  instanceBackups,
  instanceTroubles,
  instanceUrl,
  KeyedLock,
  Lock,
  Looks,
  Metrics,
  Migrations,
  NetworkChanges,
  NetworkForwards,
  Networks,
  OpenPools,
  Operations,
  OwnedVolumes,
  openPools,
  Pools,
  Profiles,
  Projects,
  poolTroubles,
  RemoteImageLibrary,
  Runs,
  type RuntimeDriver,
  recoverInstances,
  recoverPool,
  type Services,
  Snapshots,
  type StorageDriver,
  type Store,
  StoredConfig,
  settleSizes,
  storageDriverOf,
  TemplateCommands,
  Templates,
  TrustTokens,
  UsageCommands,
  type VolumeId,
  VolumeSnapshots,
  Volumes,
  volumeBackups,
  Warnings,
  type WatchingDependencies,
  watchChains,
  watchExpiry,
  watchGovernor,
  watchLifetimes,
  watchPools,
  watchRenewal,
  watchSchedules,
  watchUsage,
  watchWarnings,
} from "@lodge/core";
import pino, { type Logger } from "pino";
import { createBackupArchives } from "./drivers/backup/archives.ts";
import { createImageUrls } from "./drivers/image/by-url/by-url.ts";
import { createDebianBuilder } from "./drivers/image/debian/builder.ts";
import { createImageFormat } from "./drivers/image/format/format.ts";
import { createLxdServer } from "./drivers/image/lxd-server/lxd-server.ts";
import { createImagePacker } from "./drivers/image/pack/packer.ts";
import { createSimplestreams } from "./drivers/image/simplestreams/simplestreams.ts";
import { createCrunDriver } from "./drivers/instance/crun/driver.ts";
import { createAcceleratorProvider } from "./drivers/instance/qemu/accelerator/provider.ts";
import { createQemuDriver } from "./drivers/instance/qemu/driver.ts";
import { createBridgeDriver, removeFabric } from "./drivers/network/bridge/driver.ts";
import { createProxyDriver } from "./drivers/proxy/driver.ts";
import { createBtrfsDriver } from "./drivers/storage/btrfs/btrfs-driver.ts";
import { createDirDriver } from "./drivers/storage/dir/dir-driver.ts";
import { createHttpServer } from "./http/server.ts";
import { hostIdBase } from "./id-base.ts";
import { askedToEnd, endProcess, makeDirectories, removePidFile, writePidFile } from "./lifetime.ts";
import { LogOutput } from "./log-output.ts";
import { purge, type SweptPool, sweep } from "./purge.ts";
import { putRoomBy, useRoom } from "./room-put-by.ts";
import { readSettings, type Settings } from "./settings.ts";
import { createImageFiles } from "./store/image-files.ts";
import { keepsUnknown } from "./store/restored.ts";
import { openStore } from "./store/store.ts";
import { detectCgroups } from "./system/cgroup-detect.ts";
import { CpuPlaces } from "./system/cpus/cpu-places.ts";
import { lockDaemon } from "./system/daemon-lock.ts";
import { createHostMeter } from "./system/host/meter.ts";
import { createHostService } from "./system/host.ts";
import { hostBootId } from "./system/host-boot-id.ts";
import { hostCpus } from "./system/host-cpus.ts";
import { hostMemory } from "./system/host-memory.ts";
import { hostSources } from "./system/host-sources.ts";
import { watchIdleMemory } from "./system/idle-memory.ts";
import { enterMountNamespace } from "./system/namespaces.ts";
import { LodgePaths } from "./system/paths.ts";
import { serverCertificateIn } from "./system/server-certificate.ts";
import { parseImageUrl, parseServer } from "./system/web/address.ts";

const main = fileURLToPath(import.meta.url);
const checkout = resolve(dirname(main), "../../..");

const hostArchitecture = arch() === "arm64" ? "aarch64" : "x86_64";

/** The parts that touch the host. */
async function createDrivers(settings: Settings, paths: LodgePaths, log: Logger, events: DriverEvents) {
  const cgroups = await detectCgroups(paths.tag);
  const cpus = new CpuPlaces({ cgroups, log });
  const accelerator = createAcceleratorProvider({ paths, log });
  return {
    cgroups,
    accelerator,
    container: createCrunDriver({ paths, cgroups, cpus, events, log }),
    virtualMachine: createQemuDriver({
      ...{ paths, cgroups, cpus, events, accelerator, log },
      guestTrees: join(checkout, "images", "guest"),
    }),
    network: createBridgeDriver({ paths, log, uplink: settings.uplink, settle: (pid) => cgroups.addMonitor(pid) }),
    proxies: createProxyDriver({
      paths,
      log,
      program: join(dirname(main), "drivers/proxy/process/main.js"),
      settle: (pid) => cgroups.addMonitor(pid),
    }),
    storage: new Map<string, StorageDriver>([
      ["dir", createDirDriver({ paths, log })],
      ["btrfs", createBtrfsDriver({ paths, log })],
    ]),
    builder: createDebianBuilder({ definitionsDirectory: settings.definitions, log }),
    packer: createImagePacker({ log }),
    format: createImageFormat({ log, architecture: hostArchitecture, now: () => new Date() }),
  };
}

async function createServices(
  settings: Settings,
  paths: LodgePaths,
  log: Logger,
  store: Store,
): Promise<{
  services: Services;
  deps: InstanceDependencies;
  runs: Runs;
  boot: HostBoot;
  templates: Templates;
  seeing: { readonly looks: Looks; readonly history: History };
  governor: Governor;
  watching: WatchingDependencies;
}> {
  const now = () => new Date();
  const events = new EventBus(now);
  const drivers = await createDrivers(settings, paths, log, {
    exited: (id, report) =>
      events.askedBy(undefined, () => {
        templates.exited(id, report);
        void runs.exited(id, report);
      }),
    ready: (id) =>
      events.askedBy(undefined, () => {
        templates.ready(id);
        void announceReady(store, events, id);
      }),
    stalled: (id, problem) => events.askedBy(undefined, () => void announceStall(store, events, id, problem)),
  });
  const pools = new OpenPools();
  const storage = { store, log, storageDrivers: drivers.storage, pools };
  const operations = new Operations({ store, events, log, now, newId: randomUUID, keep: 30_000 });
  const files = createImageFiles(paths);
  const choosing = new Lock();
  const images = new ImageLibrary({
    store,
    operations,
    events,
    files,
    pools,
    now,
    builder: drivers.builder,
    format: drivers.format,
    release: (fingerprint) => templates.removeOf(fingerprint),
  });
  const config = new StoredConfig({
    ...{ store, choosing, owner: "the server" },
    ...{ setting: "config", keys: serverConfigKeys },
  });
  const wait: InstanceDependencies["wait"] = (milliseconds, signal) =>
    delay(milliseconds, undefined, { ref: false, ...(signal && { signal }) });
  const remoteImages = new RemoteImageLibrary({
    ...{ store, operations, events, library: images, config, wait, now },
    ...{ format: drivers.format, architecture: hostArchitecture },
    ...imageServers(config, wait, paths),
    clock: () => performance.now(),
  });
  const deps: InstanceDependencies = {
    store,
    operations,
    events,
    log,
    drivers: new Map<InstanceType, RuntimeDriver>([
      ["container", drivers.container],
      ["virtual-machine", drivers.virtualMachine],
    ]),
    pools,
    network: drivers.network,
    proxies: drivers.proxies,
    catalog: images,
    remoteImages,
    packer: drivers.packer,
    archives: createBackupArchives({ directory: paths.root }),
    host: { cpus: availableParallelism(), cpuNumbers: await hostCpus(), memory: totalmem(), raw: settings.raw },
    admission: { admit: (instance, before) => governor.admit(instance, before) },
    sources: hostSources,
    keepUnknown: await keepsUnknown(store, paths.database, log),
    architecture: hostArchitecture,
    idBase: await hostIdBase(store, paths.tag),
    lock: new KeyedLock(),
    choosing,
    hostBoot: await hostBootId(),
    now,
    wait,
    random: Math.random,
    newUuid: randomUUID,
  };
  const trusting = new Lock();
  const projects = new Projects({
    ...deps,
    trusting,
    trustChanged: () => certificates.reread(),
    release: (name) => templates.removeOfProject(name),
  });
  const certificates = await Certificates.open({ store, events, projects, lock: trusting, now });
  const templates = new Templates(deps, {
    server: () => config.get(),
    project: (name) => projects.config(name),
  });
  const runs = new Runs(deps, (id) => discardInstance(deps, id));
  const governor = new Governor({
    ...{ ...deps, runs, hostMemory },
    config: () => config.get(),
    lines: await GovernorLog.open(store, log),
  });
  await ensureDefaults(store, async () =>
    chooseAddresses(defaultAddresses, {
      others: [],
      hostNetworks: await drivers.network.hostNetworks(),
      random: Math.random,
    }),
  );
  await ensureSandboxProfile(store);
  await operations.settleInterrupted();
  await openPools(storage);
  const boot = new HostBoot(deps, runs);
  await recoverInstances(deps, runs, boot);
  if (!deps.keepUnknown) await images.files.recover();
  const networking = { ...deps, isRunning: (id: InstanceId) => runs.isRunning(id) };
  const changes = new NetworkChanges(networking);
  const shutdown = new HostShutdown(deps, runs);
  const host = createHostService({
    paths,
    log,
    accelerator: drivers.accelerator,
    version: settings.version,
    network: drivers.network,
  });
  const volumes = { ...deps, runs, volumeLock: new KeyedLock<VolumeId>() };
  await settleSizes(volumes);
  const customVolumes = new Volumes(volumes);
  const secrets = {
    operations,
    newSecret: () => randomBytes(32).toString("hex"),
    wait: (milliseconds: number, signal: AbortSignal) => deps.wait(milliseconds, signal),
  };
  const warnings = new Warnings({
    ...{ store, events, log, now, lock: new Lock(), newUuid: randomUUID },
    sources: [
      async () => hostTroubles(await host.lacks()),
      async () => poolTroubles(pools.problems),
      async () => instanceTroubles(await store.instances.list()),
      async () => imageTroubles(remoteImages.failures, await store.images.list()),
    ],
  });
  const governed: Governed = (id) => governor.of(id);
  const meter = createHostMeter();
  const looks = new Looks({ ...deps, meter, clock: () => performance.now() });
  const history = new History(governed);
  const services: Services = {
    instances: new Instances(deps, runs, templates),
    instanceMetadata: new InstanceMetadataCommands(deps),
    snapshots: new Snapshots(deps, runs),
    backups: new Backups(deps, instanceBackups(deps, runs)),
    migrations: new Migrations(volumes, runs, customVolumes),
    images,
    remoteImages,
    networks: new Networks(networking, changes),
    networkForwards: new NetworkForwards(networking, changes),
    pools: new Pools({ ...storage, events, choosing: deps.choosing, abandon: (name) => abandonPool(deps, runs, name) }),
    volumes: customVolumes,
    ownedVolumes: new OwnedVolumes(deps),
    volumeBackups: new Backups(volumes, volumeBackups(volumes)),
    volumeSnapshots: new VolumeSnapshots(volumes),
    profiles: new Profiles(deps, runs),
    projects,
    config,
    certificates,
    tokens: new TrustTokens({ ...secrets, now }),
    imageSecrets: new ImageSecrets(secrets),
    templates: new TemplateCommands(deps, templates),
    host: {
      ...host,
      shutDown: () => {
        void templates.close();
        return shutdown.begin();
      },
    },
    usage: new UsageCommands({
      ...{ store, drivers: deps.drivers, looks, history, governed, now },
      ...{ cpus: deps.host.cpus, clock: () => performance.now() },
    }),
    metrics: new Metrics({
      ...{ ...deps, clock: () => performance.now(), meter, governed, governor },
      counts: () =>
        countServer({
          ...{ store, templates, pools: services.pools, warnings: () => warnings.open() },
          ...{ accelerator: () => drivers.accelerator.known()?.accelerator, history: () => history.bytes },
        }),
    }),
    governor,
    warnings,
    operations,
    events,
  };
  const settle: WatchingDependencies["settle"] = (name, pool) => recoverPool(deps, name, pool);
  const seeing = { looks, history };
  return { services, deps, runs, boot, templates, governor, seeing, watching: { ...storage, wait: deps.wait, settle } };
}

function imageServers(
  config: StoredConfig,
  wait: InstanceDependencies["wait"],
  paths: LodgePaths,
): { readonly servers: ImageServers; readonly urls: ImageUrls } {
  const allowsHttp = async () => isTrue((await config.get())["images.allow_http"]);
  const parse = async (server: string) => parseServer(server, await allowsHttp());
  return {
    servers: {
      simplestreams: createSimplestreams({ parseServer: parse, wait, keyrings: join(paths.root, "keyrings") }),
      lxd: createLxdServer({ parseServer: parse }),
    },
    urls: createImageUrls({ parseUrl: async (url) => parseImageUrl(url, await allowsHttp()), wait }),
  };
}

async function announceReady(store: Store, events: EventBus, id: Parameters<DriverEvents["ready"]>[0]): Promise<void> {
  const record = await store.instances.get(id);
  if (record?.life === "present") events.lifecycle("instance-ready", instanceUrl(record.name), {}, record.project);
}

async function announceStall(store: Store, events: EventBus, id: InstanceId, problem?: string): Promise<void> {
  const record = await store.instances.get(id);
  if (!record) return;
  const [action, context] = problem === undefined ? ["instance-resumed", {}] : ["instance-paused", { detail: problem }];
  events.lifecycle(action, instanceUrl(record.name), context, record.project);
}

async function serve(settings: Settings, paths: LodgePaths, log: Logger): Promise<void> {
  await makeDirectories(paths);
  await enterMountNamespace(paths);
  const lock = lockDaemon(join(paths.root, "lodged.lock"));
  await useRoom(paths);
  const store = await openStore(paths.database, log);
  const created = await createServices(settings, paths, log, store);
  const { services, deps, runs, boot, templates, governor, seeing, watching } = created;
  const server = await createHttpServer({
    services,
    log,
    version: settings.version,
    recordings: join(paths.root, "recordings"),
    certificate: serverCertificateIn(paths),
    console: {
      assets: join(checkout, "packages", "console", "dist", "web"),
      sessions: join(paths.root, "console-sessions.json"),
    },
  });
  // Whoever is answered finds the operation that starts them.
  await boot.bringBack().catch((error: unknown) => log.error({ err: error }, "instances of before were not started"));
  await writePidFile(paths);
  await server.listen(paths.socket);
  await server.listenHttps();
  log.info({ directory: paths.root, version: settings.version }, "lodged serves");
  // For the next start, which begins with what this one has compiled (decision 18); nothing where no cache was enabled.
  flushCompileCache();
  putRoomBy(paths, log);
  const ended = askedToEnd();
  const serving = new AbortController();
  void templates.refresh();
  void watchLifetimes(deps, runs, serving.signal);
  const { snapshots, volumeSnapshots, backups } = services;
  const expired = [
    expiredOfInstances(store, snapshots),
    expiredOfVolumes(store, volumeSnapshots),
    expiredBackups(store, backups),
    expiredVolumeBackups(store, services.volumeBackups),
    expiredImages(
      store,
      () => services.config.get(),
      async (project, fingerprint) => (await services.images.of(project)).delete(fingerprint),
    ),
  ];
  const due = [dueOfInstances(store, runs, snapshots), dueOfVolumes(store, volumeSnapshots)];
  void watchExpiry(deps, expired, serving.signal);
  void watchSchedules(deps, due, serving.signal);
  void watchChains(deps, runs, serving.signal);
  void watchRenewal(
    {
      ...{ store, log, wait: deps.wait, config: () => services.config.get() },
      refresh: async (project, fingerprint) => (await services.remoteImages.of(project)).refresh(fingerprint),
    },
    serving.signal,
  );
  void watchGovernor(governor, deps.wait, serving.signal);
  void watchIdleMemory(deps.wait, serving.signal);
  void watchWarnings(services.warnings, deps.wait, serving.signal);
  void watchPools(watching, serving.signal);
  void watchUsage(seeing.looks, seeing.history, deps.wait, serving.signal);
  const signal = await ended;
  serving.abort();
  await templates.close();
  runs.close();
  log.info({ signal }, "lodged ends; instances run on");
  await server.close();
  await store.close();
  await removePidFile(paths);
  lock.release();
  endProcess(0);
}

/** The inner half of `purge`. */
async function sweepHost(settings: Settings, paths: LodgePaths, log: Logger): Promise<void> {
  await makeDirectories(paths);
  await enterMountNamespace(paths);
  lockDaemon(join(paths.root, "lodged.lock"));
  await useRoom(paths);
  const drivers = await createDrivers(settings, paths, log, { exited() {}, ready() {} });
  await sweep({
    log,
    drivers: [drivers.container, drivers.virtualMachine],
    pools: await recordedPools(drivers.storage, paths, log),
    network: drivers.network,
    proxies: drivers.proxies,
    removeFabric: () => removeFabric(paths),
    cgroups: drivers.cgroups,
  });
  endProcess(0);
}

async function recordedPools(
  storageDrivers: ReadonlyMap<string, StorageDriver>,
  paths: LodgePaths,
  log: Logger,
): Promise<SweptPool[]> {
  try {
    await using stack = new AsyncDisposableStack();
    const store = await openStore(paths.database, log);
    stack.defer(() => store.close());
    const records = await store.pools.list();
    return records.map(({ name, driver, config }) => ({
      driver: storageDriverOf({ storageDrivers }, driver),
      definition: { name, config },
    }));
  } catch (err) {
    // What lies in LODGE_DIR goes with it.
    log.error({ err }, "the database cannot be read: storage pools outside LODGE_DIR are left as they are");
    return [];
  }
}

try {
  const settings = readSettings(process.env, checkout);
  const paths = new LodgePaths(settings.directory);
  const log = pino({ level: settings.logLevel, base: { pid: process.pid } }, new LogOutput(1));
  const command = process.argv[2] ?? "serve";
  if (command === "serve") await serve(settings, paths, log);
  else if (command === "sweep") await sweepHost(settings, paths, log);
  else if (command === "purge") await purge(paths, main);
  else throw new LodgeError({ code: "request_invalid", message: `unknown command "${command}"; use serve or purge.` });
} catch (error) {
  process.stderr.write(`lodged: ${error instanceof Error ? error.message : String(error)}\n`);
  endProcess(1);
}
