/** Proxies: a process of our own for each, which outlives the daemon and serves sockets that the daemon opened for it. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { type InstanceId, KeyedLock, type Log, type ProxyDriver, type ProxyRequest } from "@lodge/core";
import type { LodgePaths } from "../../system/paths.ts";
import { probeAddresses } from "./listeners.ts";
import { userOf, type Way, waysOf } from "./plan.ts";
import { endProxy, findProxies, type ProxyProcess, specFile } from "./proxy-processes.ts";
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

class ProxyProcesses implements ProxyDriver, Disposable {
  readonly #setting: ProxySetting;
  /** What is to be served, by instance and device. */
  readonly #wanted = new Map<string, ProxyRequest>();
  readonly #lock = new KeyedLock<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(setting: ProxySetting) {
    this.#setting = setting;
    this.#timer = setInterval(() => void this.#revive(), setting.interval ?? 5_000).unref();
  }

  async serve(request: ProxyRequest): Promise<void> {
    const key = keyOf(request);
    await this.#lock.run(key, async () => {
      this.#wanted.delete(key);
      await this.#ensure(request, await findProxies(this.#setting.paths));
      this.#wanted.set(key, request);
    });
  }

  async probe(request: Pick<ProxyRequest, "owner" | "device" | "listen">): Promise<void> {
    probeAddresses(request, waysOf({ ...request, connect: request.listen }));
  }

  async end(instance: InstanceId, device: string): Promise<void> {
    const key = keyOf({ instance, device });
    await this.#lock.run(key, async () => {
      await this.#endFound(await findProxies(this.#setting.paths), { instance, device });
      this.#wanted.delete(key);
    });
  }

  async endAll(instance: InstanceId): Promise<void> {
    const found = await findProxies(this.#setting.paths);
    const devices = [...found, ...this.#wanted.values()].filter((each) => each.instance === instance);
    for (const device of new Set(devices.map((each) => each.device))) await this.end(instance, device);
  }

  async reconcile(proxies: readonly ProxyRequest[]): Promise<void> {
    const found = await findProxies(this.#setting.paths);
    const strangers = found.filter((process) => !proxies.some((proxy) => keyOf(proxy) === keyOf(process)));
    await Promise.all(strangers.map((process) => endProxy(process)));
    for (const proxy of proxies) {
      // Tried again with every look.
      this.#wanted.set(keyOf(proxy), proxy);
      await this.#tryAgain(proxy, found);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** One that serves just this goes on. */
  async #ensure(request: ProxyRequest, found: readonly ProxyProcess[]): Promise<void> {
    const { paths } = this.#setting;
    const ways = waysOf(request);
    const hash = await hashOf(request, ways);
    const own = found.filter((process) => keyOf(process) === keyOf(request));
    if (own.length === 1 && own[0]?.hash === hash) return;
    await this.#endFound(own, request);
    const file = specFile(paths, request.instance, request.device);
    await startProxy({ ...this.#setting, request, ways, hash, file });
  }

  async #endFound(found: readonly ProxyProcess[], which: Pick<ProxyRequest, "instance" | "device">): Promise<void> {
    const key = keyOf(which);
    for (const process of found) if (keyOf(process) === key) await endProxy(process);
    const served = this.#wanted.get(key);
    if (served?.listen.kind === "unix" && !served.listen.path.startsWith("@")) {
      await removePath(served, served.listen.path);
    }
  }

  async #revive(): Promise<void> {
    if (this.#wanted.size === 0) return;
    const found = await findProxies(this.#setting.paths);
    const alive = new Set(found.map(keyOf));
    for (const [key, proxy] of this.#wanted) if (!alive.has(key)) await this.#tryAgain(proxy, []);
  }

  async #tryAgain(proxy: ProxyRequest, found: readonly ProxyProcess[]): Promise<void> {
    const key = keyOf(proxy);
    const { log } = this.#setting;
    await this.#lock.run(key, async () => {
      if (this.#wanted.get(key) !== proxy) return;
      await this.#ensure(proxy, found).catch((err: unknown) =>
        log.warn({ instance: proxy.owner, proxy: proxy.device, err }, "a proxy cannot be served"),
      );
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
