/** Finds the processes that serve proxies by what they are: nothing is lost with the daemon that started them. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { InstanceId } from "@lodge/core";
import { until } from "../../system/cgroup-tree.ts";
import type { LodgePaths } from "../../system/paths.ts";
import { isAlive, type ProcessIdentity, signalProcess } from "../../system/process.ts";
import { listProcesses } from "../../system/process-list.ts";

export interface ProxyProcess extends ProcessIdentity {
  readonly instance: InstanceId;
  readonly device: string;
  /** Of what it serves. */
  readonly hash: string;
}

const SIGTERM = 15;
const SIGKILL = 9;
/** Milliseconds. */
const patience = 2_000;

/** Where a process finds what it has to serve. */
export function specFile(paths: LodgePaths, instance: InstanceId, device: string): string {
  return join(paths.run(instance), "proxies", `${device}.json`);
}

/** Devices of an instance for which a process may have been started. */
export async function startedDevices(paths: LodgePaths, instance: InstanceId): Promise<string[]> {
  const names = await readdir(dirname(specFile(paths, instance, "x"))).catch((): string[] => []);
  return names.filter((name) => name.endsWith(".json")).map((name) => basename(name, ".json"));
}

/** All of this LODGE_DIR. */
export async function findProxies(paths: LodgePaths): Promise<ProxyProcess[]> {
  return (await listProcesses()).flatMap(({ pid, startTime, command }) => {
    const named = parseCommand(paths.root, command);
    return named ? [{ pid, startTime, ...named }] : [];
  });
}

/** Reads `node … main.js LODGE_DIR/run/ID/proxies/DEVICE.json HASH`. */
export function parseCommand(
  root: string,
  command: readonly string[],
): Pick<ProxyProcess, "instance" | "device" | "hash"> | undefined {
  const words = command.filter((word) => word !== "");
  const [file = "", hash = ""] = words.slice(-2);
  const instance = basename(dirname(dirname(file)));
  const device = basename(file, ".json");
  if (file !== join(root, "run", instance, "proxies", `${device}.json`) || !/^[0-9a-f]{8}$/.test(instance))
    return undefined;
  return { instance: instance as InstanceId, device, hash };
}

/** Ends it with its connections, and returns when it is gone. */
export async function endProxy(process: ProxyProcess): Promise<void> {
  await signalProcess(process, SIGTERM);
  const gone = async () => !(await isAlive(process));
  await until("the end of a proxy", patience, gone).catch(() => signalProcess(process, SIGKILL));
  await until("the end of a proxy", patience, gone);
}
