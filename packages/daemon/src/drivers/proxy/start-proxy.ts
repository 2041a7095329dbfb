import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { ProxyRequest } from "@lodge/core";
import { inNetworkNamespace } from "../../system/network-namespace.ts";
import { findProcess, type ProcessIdentity } from "../../system/process.ts";
import { openContainerRoot } from "./container-root.ts";
import { closeAll, openListeners } from "./listeners.ts";
import { proxyCommand, proxySpec, userOf, type Way } from "./plan.ts";

/** Milliseconds until the process is ready. */
const startBound = 20_000;
export interface StartRequest {
  readonly request: ProxyRequest;
  readonly ways: readonly Way[];
  readonly hash: string;
  /** Where the process finds what it has to serve. */
  readonly file: string;
  /** The process's main module. */
  readonly program: string;
  /** Takes a process that outlives the daemon out of the daemon's control group. */
  readonly settle: (pid: number) => Promise<void>;
}

/** Starts a process that serves a proxy, and returns it when it does. */
export async function startProxy(start: StartRequest): Promise<ProcessIdentity> {
  const { request, ways, file } = start;
  const descriptors = await openListeners(request, ways);
  try {
    const root = await rootOf(request);
    if (root !== undefined) descriptors.push(root);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, JSON.stringify(proxySpec(request, ways, root !== undefined)), { mode: 0o600 });
    return await launch(start, descriptors);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    closeAll(descriptors);
  }
}

async function launch(
  { request, hash, file, program, settle }: StartRequest,
  descriptors: readonly number[],
): Promise<ProcessIdentity> {
  const { bind, container } = request;
  await using log = await open(`${file}.log`, "w", 0o600);
  const [name = "", ...args] = proxyCommand(process.execPath, program, [file, hash], userOf(request).uid);
  const stdio = ["ignore", "pipe", log.fd, ...descriptors] as const;
  const begin = () => spawn(name, args, { stdio: [...stdio], env: {}, cwd: "/", detached: true });
  const child = bind === "host" && container ? inNetworkNamespace(container.network, begin) : begin();
  return await whenReady(child, settle, () => readFile(`${file}.log`, "utf8"));
}

/** The directory beneath which the process looks unix sockets up: a descriptor, which the caller closes. */
async function rootOf({ bind, connect, container }: ProxyRequest): Promise<number | undefined> {
  if (bind !== "host" || !container || connect.kind !== "unix" || connect.path.startsWith("@")) return undefined;
  return (await openContainerRoot(container)).handle.fd;
}

async function whenReady(
  child: ChildProcess,
  settle: (pid: number) => Promise<void>,
  complaint: () => Promise<string>,
): Promise<ProcessIdentity> {
  const output = child.stdout as Readable;
  const timer = setTimeout(() => child.kill("SIGKILL"), startBound);
  try {
    await once(child, "spawn");
    if (child.pid !== undefined) await settle(child.pid);
    let text = "";
    for await (const chunk of output.setEncoding("utf8")) text += chunk;
    const found = text === "ready\n" && child.pid !== undefined ? await findProcess(child.pid) : undefined;
    if (found) return { pid: found.pid, startTime: found.startTime };
    throw new Error((await complaint()).trim().split("\n").slice(-10).join("\n") || "it ended at once");
  } catch (cause) {
    child.kill("SIGKILL");
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new LodgeError({ code: "device_plug_failed", message: `The proxy's process cannot serve: ${words}`, cause });
  } finally {
    clearTimeout(timer);
    output.destroy();
    child.unref();
  }
}
