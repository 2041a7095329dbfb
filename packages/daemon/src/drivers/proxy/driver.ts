/** Proxies: a process of our own for each, which outlives the daemon and serves sockets that the daemon opened for it. */
import { createHash } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { type InstanceId, KeyedLock, type Log, type ProxyDriver, type ProxyRequest } from "@lodge/core";
import type { LodgePaths } from "../../system/paths.ts";
import { isAlive, type ProcessIdentity } from "../../system/process.ts";
import { probeAddresses } from "./listeners.ts";
import { userOf, type Way, waysOf } from "./plan.ts";
import { endProxy, findProxies, type ProxyProcess, specFile, startedDevices } from "./proxy-processes.ts";
import { startProxy } from "./start-proxy.ts";
import { removePath } from "./unix-listener.ts";

export interface ProxySetting {
  readonly paths: LodgePaths;
  readonly log: Log;
  /** The main module of the processes. */
  readonly program: string;
  /** Takes a process that outlives the daemon out of the daemon's control group. */
  readonly settle: (pid: number) => Promise<void>;
  /** Milliseconds between looks for proxies that died; default 5,000. */
  readonly interval?: number;
}

export function createProxyDriver(setting: ProxySetting): ProxyDriver & Disposable {
  return new ProxyProcesses(setting);
}

/** What is to be served, and by which process as far as is known. */
interface Wanted {
  readonly request: ProxyRequest;
  readonly process?: ProcessIdentity;
}

class ProxyProcesses implements ProxyDriver, Disposable {
  readonly #setting: ProxySetting;
  /** By instance and device. */
  readonly #wanted = new Map<string, Wanted>();
  readonly #lock = new KeyedLock<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(setting: ProxySetting) {
    this.#setting = setting;
    this.#timer = setInterval(() => void this.#revive(), setting.interval ?? 5_000).unref();
  }

  async serve(request: ProxyRequest): Promise<void> {
    const key = keyOf(request);
    await this.#lock.run(key, async () => {
      const process = await this.#ensure(request, await findProxies(this.#setting.paths));
      this.#wanted.set(key, { request, process });
    });
  }

  async probe(request: Pick<ProxyRequest, "owner" | "device" | "listen">): Promise<void> {
    probeAddresses(request, waysOf({ ...request, connect: request.listen }));
  }

  async end(instance: InstanceId, device: string): Promise<void> {
    const key = keyOf({ instance, device });
    await this.#lock.run(key, async () => {
      await this.#endFound(key, await findProxies(this.#setting.paths));
      await rm(specFile(this.#setting.paths, instance, device), { force: true });
    });
  }

  async endAll(instance: InstanceId): Promise<void> {
    // Before anything is started for a device, there is a file of it.
    for (const device of await startedDevices(this.#setting.paths, instance)) await this.end(instance, device);
  }

  async reconcile(proxies: readonly ProxyRequest[]): Promise<void> {
    const found = await findProxies(this.#setting.paths);
    const strangers = found.filter((process) => !proxies.some((proxy) => keyOf(proxy) === keyOf(process)));
    await Promise.all(strangers.map((process) => endProxy(process)));
    for (const request of proxies) {
      this.#wanted.set(keyOf(request), { request });
      await this.#tryAgain(request, found);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Returns the process that serves just this: one that does already goes on. */
  async #ensure(request: ProxyRequest, found: readonly ProxyProcess[]): Promise<ProcessIdentity> {
    const { paths } = this.#setting;
    const key = keyOf(request);
    const ways = waysOf(request);
    const hash = await hashOf(request, ways);
    const [own, ...others] = found.filter((process) => keyOf(process) === key);
    if (own?.hash === hash && others.length === 0) return own;
    await this.#endFound(key, found);
    const file = specFile(paths, request.instance, request.device);
    return startProxy({ ...this.#setting, request, ways, hash, file });
  }

  async #endFound(key: string, found: readonly ProxyProcess[]): Promise<void> {
    for (const process of found) if (keyOf(process) === key) await endProxy(process);
    const request = this.#wanted.get(key)?.request;
    this.#wanted.delete(key);
    if (request?.listen.kind === "unix" && !request.listen.path.startsWith("@")) {
      await removePath(request, request.listen.path);
    }
  }

  async #revive(): Promise<void> {
    for (const { request, process } of this.#wanted.values()) {
      if (process && (await isAlive(process))) continue;
      await this.#tryAgain(request, await findProxies(this.#setting.paths));
    }
  }

  async #tryAgain(request: ProxyRequest, found: readonly ProxyProcess[]): Promise<void> {
    const key = keyOf(request);
    await this.#lock.run(key, async () => {
      // It may have ended, or changed, while this waited.
      if (this.#wanted.get(key)?.request !== request) return;
      try {
        const process = await this.#ensure(request, found);
        this.#wanted.set(key, { request, process });
      } catch (err) {
        this.#wanted.set(key, { request });
        const names = { instance: request.owner, proxy: request.device };
        this.#setting.log.warn({ ...names, err }, "a proxy cannot be served");
      }
    });
  }
}

const keyOf = ({ instance, device }: Pick<ProxyRequest, "instance" | "device">): string => `${instance} ${device}`;

/** Of all that a process serves, in this run of the container. */
async function hashOf(request: ProxyRequest, ways: readonly Way[]): Promise<string> {
  const { bind, socket, proxyProtocol, container } = request;
  const network = container && (await stat(container.network).catch(() => undefined))?.ino;
  const served = { ways, bind, socket, proxyProtocol, ...userOf(request), network, init: container?.init };
  return createHash("sha256").update(JSON.stringify(served)).digest("hex").slice(0, 16);
}
