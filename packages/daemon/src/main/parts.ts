/** Puts the parts together. */
import { randomBytes, randomUUID } from "node:crypto";
import { availableParallelism, totalmem } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type InstanceType, serverConfigKeys } from "@lodge/api";
import {
  abandonPool,
  Backups,
  Certificates,
  chooseAddresses,
  countServer,
  defaultAddresses,
  discardInstance,
  EventBus,
  ensureDefaults,
  ensureSandboxProfile,
  type Governed,
  Governor,
  GovernorLog,
  History,
  HostBoot,
  HostShutdown,
  hostTroubles,
  ImageLibrary,
  ImagePushes,
  ImageSecrets,
  ImageSending,
  type InstanceDependencies,
  type InstanceId,
  InstanceMetadataCommands,
  Instances,
  imageTroubles,
  instanceBackups,
  instanceTroubles,
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
  type Store,
  StoredConfig,
  settleSizes,
  TemplateCommands,
  Templates,
  TrustTokens,
  UsageCommands,
  VolumeFiles,
  type VolumeId,
  VolumeSnapshots,
  Volumes,
  volumeBackups,
  Warnings,
  type WatchingDependencies,
} from "@lodge/core";
import { hostIdBase } from "../id-base.ts";
import { createImageFiles } from "../store/image-files.ts";
import { keepsUnknown } from "../store/restored.ts";
import { createHostMeter } from "../system/host/meter.ts";
import { createHostService } from "../system/host.ts";
import { hostBootId } from "../system/host-boot-id.ts";
import { hostCpus } from "../system/host-cpus.ts";
import { hostMemory } from "../system/host-memory.ts";
import { hostSources } from "../system/host-sources.ts";
import { openVolumeFiles } from "../system/volume-files.ts";
import { announceReady, announceStall } from "./announce.ts";
import { createDrivers, hostArchitecture, imageServers } from "./drivers.ts";
import type { Host } from "./host.ts";

/** The parts of a daemon that serves. */
export interface Parts {
  readonly services: Services;
  readonly deps: InstanceDependencies;
  readonly runs: Runs;
  readonly boot: HostBoot;
  readonly templates: Templates;
  readonly seeing: { readonly looks: Looks; readonly history: History };
  readonly governor: Governor;
  readonly watching: WatchingDependencies;
}

export async function createParts(host: Host, store: Store): Promise<Parts> {
  const { settings, paths, log } = host;
  const now = () => new Date();
  const events = new EventBus(now);
  const drivers = await createDrivers(host, {
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
  const { receiver, ...outside } = imageServers(config, wait, paths);
  const remoteImages = new RemoteImageLibrary({
    ...{ store, operations, events, library: images, config, wait, now },
    ...{ format: drivers.format, architecture: hostArchitecture },
    ...outside,
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
    archives: drivers.archives,
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
  const hostService = createHostService({
    paths,
    log,
    accelerator: drivers.accelerator,
    version: settings.version,
    network: drivers.network,
  });
  const volumes = {
    ...deps,
    runs,
    volumeLock: new KeyedLock<VolumeId>(),
    volumeFiles: new VolumeFiles(openVolumeFiles),
  };
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
      async () => hostTroubles(await hostService.lacks()),
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
    migrations: new Migrations(volumes, runs),
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
    imagePushes: new ImagePushes(secrets),
    imageSending: new ImageSending({ operations, library: images, receiver, clock: () => performance.now() }),
    templates: new TemplateCommands(deps, templates),
    host: {
      ...hostService,
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
