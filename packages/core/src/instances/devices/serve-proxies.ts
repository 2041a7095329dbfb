/** Proxies of running instances: those that a program serves, and those that the network translates. */
import { LodgeError } from "@lodge/api";
import type { PortRule } from "../../networks/forward-ports.ts";
import { type InstanceForward, isNetworkPort, type Port } from "../../networks/network.ts";
import { driverOf, type InstanceDependencies } from "../dependencies.ts";
import type { InstanceId } from "../driver.ts";
import { identityOf } from "../identity.ts";
import { portsOf } from "../ports.ts";
import type { ExpandedInstance } from "../records.ts";
import { deviceChanges } from "./changes.ts";
import { isIpv6, isWildcard, type ProxyDevice, readProxies, type Translation } from "./proxies.ts";
import type { ProxyRequest } from "./proxy.ts";
import { formatProxyAddress, type InternetAddress } from "./proxy-address.ts";

/** All of an instance that has just been started. */
export async function serveProxies(deps: InstanceDependencies, expanded: ExpandedInstance): Promise<void> {
  for (const proxy of proxiesOf(expanded)) await serve(deps, expanded, proxy);
}

export async function serveProxy(deps: InstanceDependencies, expanded: ExpandedInstance, name: string): Promise<void> {
  const proxy = proxiesOf(expanded).find((each) => each.name === name);
  if (proxy) await serve(deps, expanded, proxy);
}

/** Idempotent. */
export async function endProxy(deps: InstanceDependencies, id: InstanceId, name: string): Promise<void> {
  await deps.proxies.end(id, name);
  await deps.network.unforward(id, name);
}

/** At daemon start: what is served is what running instances have. Forwards are the network's to reconcile. */
export async function settleProxies(deps: InstanceDependencies, running: readonly ExpandedInstance[]): Promise<void> {
  const requests: ProxyRequest[] = [];
  for (const expanded of running) {
    try {
      const served = proxiesOf(expanded).filter(({ nat }) => !nat);
      for (const proxy of served) requests.push(await requestOf(deps, expanded, proxy));
    } catch (err) {
      deps.log.warn({ instance: expanded.record.name, err }, "proxies could not be settled");
    }
  }
  await deps.proxies.reconcile(requests);
}

/** What the network sends on to an instance. A proxy that does not fit its addresses any more is said in the log. */
export function forwardsOf(
  deps: InstanceDependencies,
  expanded: ExpandedInstance,
  ports: readonly Port[],
): InstanceForward[] {
  return proxiesOf(expanded).flatMap(({ name, nat }) => {
    try {
      return nat ? forwardOf(expanded, name, nat, ports) : [];
    } catch (err) {
      deps.log.warn({ instance: expanded.record.name, err }, "a proxy could not be settled");
      return [];
    }
  });
}

/** Refuses new addresses of a stopped instance that something else on the host listens on. */
export async function probeProxies(
  deps: InstanceDependencies,
  before: ExpandedInstance,
  after: ExpandedInstance,
): Promise<void> {
  const { added, changed } = deviceChanges(before.devices, after.devices);
  for (const { name, listen, bind, nat } of proxiesOf(after)) {
    const isNew = added.includes(name) || changed.includes(name);
    if (isNew && bind === "host" && !nat) {
      await deps.proxies.probe({ owner: after.record.name, device: name, listen });
    }
  }
}

const proxiesOf = ({ record, devices }: ExpandedInstance): ProxyDevice[] =>
  readProxies(`instance ${record.name}`, record.type, devices);

async function serve(deps: InstanceDependencies, expanded: ExpandedInstance, proxy: ProxyDevice): Promise<void> {
  if (!proxy.nat) return deps.proxies.serve(await requestOf(deps, expanded, proxy));
  await deps.network.forward(forwardOf(expanded, proxy.name, proxy.nat, await currentPorts(deps, expanded)));
}

async function requestOf(
  deps: InstanceDependencies,
  expanded: ExpandedInstance,
  { name, listen, connect, bind, proxyProtocol, socket, user }: ProxyDevice,
): Promise<ProxyRequest> {
  const { record, config } = expanded;
  const driver = driverOf(deps, record.type);
  const identity = identityOf(record, config, deps);
  const place = await driver.prepare(identity);
  const served = { listen, connect, bind, proxyProtocol, socket, user };
  const request = { ...served, instance: record.id, owner: record.name, device: name, ids: identity.ids };
  if (place.kind === "namespace") {
    const { pid } = await driver.observe(record.id);
    return { ...request, container: { network: place.path, init: pid } };
  }
  if (connect.kind === "unix") return request;
  return {
    ...request,
    connect: { ...connect, address: ownAddress(expanded, name, connect, await currentPorts(deps, expanded)) },
  };
}

function forwardOf(
  expanded: ExpandedInstance,
  device: string,
  { listen, connect }: Translation,
  ports: readonly Port[],
): InstanceForward {
  const rules = translations(listen, connect, ownAddress(expanded, device, connect, ports));
  return { instance: expanded.record.id, device, listen: listen.address, ports: rules };
}

/** One for each port. */
export function translations(listen: InternetAddress, connect: InternetAddress, target: string): PortRule[] {
  const [only] = connect.ports.length === 1 ? connect.ports : [];
  return listen.ports.map((port, index) => ({
    protocol: listen.kind,
    first: port,
    last: port,
    target,
    targetPort: only ?? connect.ports[index] ?? port,
  }));
}

/** The instance's address on a network that is meant: the first of the IP version, or the one that is named. */
function ownAddress(
  { record }: ExpandedInstance,
  device: string,
  connect: InternetAddress,
  ports: readonly Port[],
): string {
  // In a LAN the host does not always know where it is.
  const own = ports
    .filter(isNetworkPort)
    .map((port) => (isIpv6(connect) ? port.ipv6 : port.ipv4))
    .filter(Boolean);
  const found = isWildcard(connect) ? own[0] : own.find((address) => address === connect.address);
  if (found) return found;
  const addresses = own.length > 0 ? `it has ${own.join(", ")}` : "it has none of that IP version";
  throw new LodgeError({
    code: "config_value_invalid",
    message: `Device "${device}" of instance ${record.name}: ${formatProxyAddress(connect)} is no address of it on a network (${addresses}).`,
  });
}

async function currentPorts(deps: InstanceDependencies, { record, devices }: ExpandedInstance): Promise<Port[]> {
  const [networks, current] = await Promise.all([deps.store.networks.list(), deps.store.instances.get(record.id)]);
  return portsOf(current ?? record, devices, new Map(networks.map((network) => [network.name, network])));
}
