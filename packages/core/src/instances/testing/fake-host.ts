import { type InstanceCreate, type InstanceType, LodgeError } from "@lodge/api";
import { instanceBackups } from "../../backups/instances.ts";
import { Backups } from "../../backups/service.ts";
import { FakeArchives } from "../../backups/testing/fake-archives.ts";
import { ensureDefaults } from "../../defaults.ts";
import { EventBus } from "../../events/bus.ts";
import { imagesOfProject } from "../../images/of-project.ts";
import { ImageRecords } from "../../images/records.ts";
import type { StagedImage } from "../../images/source.ts";
import { silentLog } from "../../log.ts";
import { FakeNetwork } from "../../networks/testing/fake-network.ts";
import type { RunningOperation } from "../../operations/operation.ts";
import { Operations } from "../../operations/operations.ts";
import { Snapshots } from "../../snapshots/service.ts";
import { FakePool } from "../../storage/testing/fake-pool.ts";
import { MemoryStore } from "../../store/memory-store.ts";
import { Templates } from "../../templates/templates.ts";
import type { InstanceDependencies, RuntimeDriver } from "../dependencies.ts";
import type { DriverEvents, InstanceId } from "../driver.ts";
import { HostBoot } from "../life/host-boot.ts";
import { KeyedLock, Lock } from "../lock.ts";
import { recoverInstances } from "../recovery.ts";
import { discardInstance } from "../removal.ts";
import { Runs } from "../runs.ts";
import { Instances } from "../service.ts";
import { FakeDriver, type FakeRun } from "./fake-driver.ts";
import { FakeMachines } from "./fake-machines.ts";
import { FakeProxies } from "./fake-proxies.ts";

const fingerprint = "a".repeat(64);
const vmFingerprint = "c".repeat(64);

/** What outlives a daemon. */
function newHost() {
  const pool = new FakePool();
  return {
    store: new MemoryStore(),
    pool,
    archives: new FakeArchives(pool),
    network: new FakeNetwork(),
    proxies: new FakeProxies(),
    processes: new Map<InstanceId, FakeRun>(),
    /** Of virtual machines, and the states that were kept of them. */
    machines: new Map<InstanceId, FakeRun>(),
    states: new Map<string, string>(),
    /** Another one after each boot. */
    boot: "first",
    /** How many were made: no two daemons make the same. */
    uuids: 1,
    /** Where its clock stands; waiting moves it. */
    time: new Date("2026-01-02T03:04:05Z"),
  };
}

/** A daemon on it, with the core's real rules over fakes of what touches the host. */
export async function startDaemon(host: ReturnType<typeof newHost>) {
  const now = () => host.time;
  const events = new EventBus(now);
  const actions: string[] = [];
  events.subscribe((event) => {
    if (event.type === "lifecycle") actions.push((event.metadata as { action: string }).action);
  });
  const { store, pool, network, proxies, archives } = host;
  const newUuid = () => `${(host.uuids++).toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
  const operations = new Operations({ store, events, log: silentLog, now, newId: newUuid, keep: 5000 });
  const driverEvents: DriverEvents = {
    exited: (id, report) => {
      templates.exited(id, report);
      void runs.exited(id, report);
    },
    ready: (id) => templates.ready(id),
  };
  const driver = new FakeDriver("container", driverEvents, host.processes);
  const machines = new FakeMachines(host.states, "virtual-machine", driverEvents, host.machines);
  const records = new ImageRecords(imagesOfProject(store, "default"));
  const published: StagedImage[] = [];
  const deps: InstanceDependencies = {
    store,
    operations,
    events,
    log: silentLog,
    drivers: new Map<InstanceType, RuntimeDriver>([
      ["container", driver],
      ["virtual-machine", machines],
    ]),
    pools: new Map([["default", pool]]),
    network,
    proxies,
    archives,
    catalog: {
      of: async () => ({
        resolve: (source, type) => records.resolve(source, type),
        adopt: async () => undefined,
        stage: async () => ({ directory: "/staging", dispose: async () => undefined }),
        refuseAliases: async () => undefined,
        keep: async (staged) => void published.push(staged),
      }),
      use: (fp, work) =>
        work({
          fingerprint: fp,
          type: fp === vmFingerprint ? "virtual-machine" : "container",
          rootfs: "/images/rootfs",
        }),
    },
    remoteImages: {
      of: async () => ({
        obtain: async ({ alias, server }, type) => {
          if (server === "https://images.example.com") return records.resolve({ alias }, type);
          throw new LodgeError({ code: "image_server_unreachable", message: `${server} does not answer.` });
        },
      }),
    },
    packer: {
      pack: async ({ metadata }) => ({
        type: "container",
        metadataFile: "/staging/metadata",
        rootfsFile: "/staging/rootfs",
        fingerprint: "b".repeat(64),
        size: 7,
        metadata,
      }),
    },
    host: { cpus: 2, memory: 2 ** 32 },
    keepUnknown: false,
    sources: { inspect: async (path) => (path === "/srv" ? { kind: "directory" } : undefined) },
    architecture: "x86_64",
    idBase: 1_000_000,
    lock: new KeyedLock(),
    choosing: new Lock(),
    hostBoot: host.boot,
    now,
    wait: async (milliseconds, signal) => {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      host.time = new Date(host.time.getTime() + milliseconds);
    },
    random: Math.random,
    newUuid,
  };
  const settings = new Map([
    ["templates.enabled", "false"],
    ["templates.ready", "0"],
  ]);
  const templates = new Templates(deps, {
    server: async () => Object.fromEntries(settings),
    project: async () => ({}),
  });
  const runs = new Runs(deps, (id) => discardInstance(deps, id));
  await ensureDefaults(store, async () => ({ "ipv4.address": "10.1.2.1/24", "ipv6.address": "fd42::1/64" }));
  const boot = new HostBoot(deps, runs);
  await recoverInstances(deps, runs, boot);
  return {
    instances: new Instances(deps, runs, templates),
    snapshots: new Snapshots(deps, runs),
    backups: new Backups(deps, instanceBackups(deps, runs)),
    driver,
    machines,
    templates,
    /** The server's configuration; templates are off. */
    settings,
    deps,
    runs,
    boot,
    actions,
    published,
  };
}

/** A host with the images `tiny` of containers and `machine` of virtual machines, and its first daemon. */
export async function setUp() {
  const host = newHost();
  const time = new Date(0);
  for (const [name, type, image] of [
    ["tiny", "container", fingerprint],
    ["machine", "virtual-machine", vmFingerprint],
  ] as const) {
    await host.store.images.put({
      project: "default",
      fingerprint: image,
      type,
      architecture: "x86_64",
      filename: "tiny",
      size: 1,
      public: false,
      properties: { os: "tiny" },
      split: true,
      createdAt: time,
      uploadedAt: time,
      cached: false,
      autoUpdate: false,
    });
    await host.store.aliases.put({ project: "default", name, type, fingerprint: image, description: "" });
  }
  return { host, ...(await startDaemon(host)) };
}

/** Waits for an operation's end; its failure is thrown. */
export async function done(operation: Promise<RunningOperation>): Promise<RunningOperation> {
  const begun = await operation;
  await begun.done;
  if (begun.error) throw begun.error;
  return begun;
}

/** A request for the instance `web` of the image `tiny`. */
export const web = (more: Partial<InstanceCreate> = {}): InstanceCreate => ({
  name: "web",
  source: { type: "image", alias: "tiny" },
  ...more,
});
