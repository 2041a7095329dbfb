import { LodgeError } from "@lodge/api";
import type { ProxyDriver, ProxyRequest } from "../devices/proxy.ts";
import { formatProxyAddress } from "../devices/proxy-address.ts";
import type { InstanceId } from "../driver.ts";

/** Proxies in memory. `served` outlives a daemon. */
export class FakeProxies implements ProxyDriver {
  /** By instance and device. */
  readonly served: Map<string, ProxyRequest>;

  constructor(served = new Map<string, ProxyRequest>()) {
    this.served = served;
  }

  async serve(proxy: ProxyRequest): Promise<void> {
    await this.end(proxy.instance, proxy.device);
    await this.probe(proxy);
    this.served.set(keyOf(proxy.instance, proxy.device), proxy);
  }

  async probe({ device, listen }: Pick<ProxyRequest, "device" | "listen">): Promise<void> {
    const address = formatProxyAddress(listen);
    if (![...this.served.values()].some((other) => formatProxyAddress(other.listen) === address)) return;
    throw new LodgeError({ code: "proxy_address_unusable", message: `Device "${device}": ${address} is in use.` });
  }

  async end(instance: InstanceId, device: string): Promise<void> {
    this.served.delete(keyOf(instance, device));
  }

  async endAll(instance: InstanceId): Promise<void> {
    for (const [key, proxy] of this.served) if (proxy.instance === instance) this.served.delete(key);
  }

  async reconcile(proxies: readonly ProxyRequest[]): Promise<void> {
    this.served.clear();
    for (const proxy of proxies) await this.serve(proxy);
  }
}

const keyOf = (instance: InstanceId, device: string): string => `${instance} ${device}`;
