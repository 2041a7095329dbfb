/** A LODGE_DIR with a driver and one mounted root, for the contract test. */
import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { ExecRequest, ExitReport, InstanceDriver, InstanceId, InstanceSpec } from "@lodge/core";
import pino from "pino";
import { detectCgroups } from "../../../../system/cgroup-detect.ts";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { CpuPlaces } from "../../../../system/cpus/cpu-places.ts";
import { createIdMapping } from "../../../../system/id-mapping.ts";
import { listMounts, mountClone, mountOverlay, unmount } from "../../../../system/mounts.ts";
import { LodgePaths } from "../../../../system/paths.ts";
import { type CrunDriver, createCrunDriver } from "../driver.ts";

export const ids = { base: 1_900_000_000, size: 65_536, owner: 1_899_999_999 };

export interface Bench {
  readonly paths: LodgePaths;
  readonly cgroups: Cgroups;
  driver: CrunDriver;
  readonly exits: { id: InstanceId; report: ExitReport }[];
  readonly ready: InstanceId[];
}

export async function createBench(directory: string): Promise<Bench> {
  const paths = new LodgePaths(directory);
  await mkdir(join(directory, "run"), { recursive: true });
  const cgroups = await detectCgroups(paths.tag);
  const bench = { paths, cgroups, exits: [], ready: [] };
  return Object.assign(bench, { driver: newDriver(bench) });
}

/** What a daemon that is started anew has. */
export function newDriver({ paths, cgroups, exits, ready }: Omit<Bench, "driver">): CrunDriver {
  const events = {
    exited: (id: InstanceId, report: ExitReport) => void exits.push({ id, report }),
    ready: (id: InstanceId) => void ready.push(id),
  };
  const log = pino({ level: "warn" });
  return createCrunDriver({ paths, cgroups, cpus: new CpuPlaces({ cgroups, log }), events, log });
}

/** Mounts a writable root over `layer`, whose owners become the instance's. */
export async function mountRoot(directory: string, layer: string, privileged: boolean): Promise<string> {
  const place = (name: string) => join(directory, name);
  for (const name of ["lower", "upper", "work", "root"]) await mkdir(place(name), { recursive: true });
  if (privileged) mountClone({ source: layer, target: place("lower"), readOnly: true });
  else {
    using mapping = await createIdMapping([{ disk: 0, host: ids.base, count: ids.size }]);
    mountClone({ source: layer, target: place("lower"), readOnly: true, mapping });
    await chown(place("upper"), ids.base, ids.base);
  }
  mountOverlay({ lowers: [place("lower")], upper: place("upper"), work: place("work"), target: place("root") });
  return place("root");
}

/** Fails when something still uses the root. */
export async function unmountRoot(directory: string): Promise<void> {
  for (const { target } of await listMounts(directory)) {
    if (!(await unmount(target, 5_000))) throw new Error(`${target} is still in use`);
  }
  await rm(directory, { recursive: true, force: true });
}

export function specOf(id: string, rootPath: string, config: Record<string, string>): InstanceSpec {
  return {
    id: id as InstanceId,
    uuid: "0d4d2b1e-3c60-4b1c-8d6a-5a6e0f1d2c3b",
    name: "web",
    project: "default",
    ids,
    config,
    root: { kind: "directory", path: rootPath },
    rootDisk: { device: "root" },
    nics: [],
    devices: [],
  };
}

export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function execute(
  driver: InstanceDriver,
  id: InstanceId,
  command: readonly string[],
  options: Partial<ExecRequest> & { input?: string } = {},
): Promise<Answer> {
  const { input, ...rest } = options;
  const session = await driver.exec(id, { command, environment: {}, uid: 0, gid: 0, ...rest });
  session.stdin.end(input);
  const [stdout, stderr, status] = await Promise.all([
    text(session.stdout),
    session.stderr ? text(session.stderr) : "",
    session.exit,
  ]);
  session.close();
  return { status, stdout, stderr };
}

/** Waits for something that another process does. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await delay(50);
  }
  throw new Error(`${what} did not happen within 30 s`);
}
