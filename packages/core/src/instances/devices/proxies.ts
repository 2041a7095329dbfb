import { type Devices, type InstanceType, isTrue } from "@lodge/api";
import { devicesOfType } from "./nodes.ts";
import { type InternetAddress, type ProxyAddress, parseProxyAddress } from "./proxy-address.ts";
import { invalidDevice } from "./refusal.ts";

/** A proxy as it is configured. */
export interface ProxyDevice {
  /** Of the device in the configuration. */
  readonly name: string;
  readonly listen: ProxyAddress;
  /** As many ports as `listen`, or one. */
  readonly connect: ProxyAddress;
  /** The side that listens. */
  readonly bind: "host" | "instance";
  /** It is the host's firewall that passes on, between these ends. */
  readonly nat?: Translation;
  readonly proxyProtocol: boolean;
  /** Of a unix socket that is listened on; ids of the side on which it is. */
  readonly socket: { readonly uid: number; readonly gid: number; readonly mode: number };
  /** As whom unix sockets are connected to; ids of the side on which they are. */
  readonly user: { readonly uid: number; readonly gid: number };
}

export interface Translation {
  readonly listen: InternetAddress;
  readonly connect: InternetAddress;
}

type Settings = Readonly<Record<string, string>>;

/** The proxies, sorted by name. Their values have been checked. */
export function readProxies(owner: string, type: InstanceType, devices: Devices): ProxyDevice[] {
  return devicesOfType(devices, "proxy").map(([name, device]) => {
    const proxy = readProxy(owner, name, device);
    const problem = unfit(type, proxy, device);
    if (problem) throw invalidDevice(owner, name, problem);
    return proxy;
  });
}

function readProxy(owner: string, name: string, device: Settings): ProxyDevice {
  const end = (key: "listen" | "connect"): ProxyAddress => {
    const text = device[key];
    if (!text) throw invalidDevice(owner, name, `it needs the key ${key}`);
    const address = parseProxyAddress(text);
    if (typeof address === "string") throw invalidDevice(owner, name, `${key}: ${address}`);
    return address;
  };
  const proxy: ProxyDevice = {
    name,
    listen: end("listen"),
    connect: end("connect"),
    bind: (device["bind"] || "host") === "host" ? "host" : "instance",
    proxyProtocol: isTrue(device["proxy_protocol"]),
    socket: {
      uid: Number(device["uid"] || 0),
      gid: Number(device["gid"] || 0),
      mode: Number.parseInt(device["mode"] || "644", 8),
    },
    user: { uid: Number(device["security.uid"] || 0), gid: Number(device["security.gid"] || 0) },
  };
  return isTrue(device["nat"]) ? { ...proxy, nat: translatedEnds(owner, proxy) } : proxy;
}

/** What the host's firewall can pass on. */
function translatedEnds(owner: string, { name, listen, connect, bind }: ProxyDevice): Translation {
  const refusal = (problem: string) => invalidDevice(owner, name, problem);
  if (bind !== "host") throw refusal("nat is for bind=host");
  if (listen.kind === "unix" || connect.kind === "unix") throw refusal("nat is for tcp and udp");
  if (isIpv6(listen) !== isIpv6(connect)) throw refusal("nat needs both addresses of the same IP version");
  if (isLoopback(listen)) {
    throw refusal(`${listen.address} cannot be translated, for it does not leave the host; leave nat out`);
  }
  if (isLoopback(connect)) throw refusal(`nat leads over the network, ${wayOverNetwork(connect)}`);
  return { listen, connect };
}

/** What does not fit together, in words. */
function unfit(type: InstanceType, proxy: ProxyDevice, device: Settings): string | undefined {
  const { listen, connect } = proxy;
  if ((listen.kind === "udp") !== (connect.kind === "udp")) return "udp can be passed on to udp only";
  const [from, to] = [portsOf(listen), portsOf(connect)];
  if (to !== 1 && from !== to) return `connect has ${to} ports and listen ${from}; it needs as many, or one`;
  if (proxy.proxyProtocol && (proxy.nat || listen.kind === "udp"))
    return "proxy_protocol is for tcp and unix without nat";
  const socketKey = ["uid", "gid", "mode"].find((key) => device[key]);
  if (socketKey && listen.kind !== "unix") return `${socketKey} is for listening on a unix socket`;
  const userKey = ["security.uid", "security.gid"].find((key) => device[key]);
  if (userKey && connect.kind !== "unix") return `${userKey} is for connecting to a unix socket`;
  return type === "virtual-machine" ? unfitMachine(proxy) : undefined;
}

function unfitMachine({ connect, bind }: ProxyDevice): string | undefined {
  if (bind !== "host")
    return "inside a virtual machine nothing can listen for the host; bind=instance is for containers";
  if (connect.kind === "unix") return "unix sockets inside a virtual machine cannot be reached; connect to tcp";
  return isLoopback(connect) ? `a virtual machine is reached over its network, ${wayOverNetwork(connect)}` : undefined;
}

function wayOverNetwork(connect: InternetAddress): string {
  return `where ${connect.address} is not the instance; connect to ${connect.kind}:${isIpv6(connect) ? "[::]" : "0.0.0.0"}:PORT`;
}

const portsOf = (address: ProxyAddress): number => (address.kind === "unix" ? 1 : address.ports.length);

export const isIpv6 = ({ address }: InternetAddress): boolean => address.includes(":");

/** `0.0.0.0` and `::`. */
export const isWildcard = ({ address }: InternetAddress): boolean => address === "0.0.0.0" || address === "::";

const isLoopback = ({ address }: InternetAddress): boolean => address.startsWith("127.") || address === "::1";
