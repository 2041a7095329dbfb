/** How a proxy is served: data to data. */
import type { ProxyAddress, ProxyRequest } from "@lodge/core";
import type { ProxySpec, Target } from "./process/spec.ts";

/** One socket that listens, and where what comes to it goes. */
export interface Way {
  readonly listen:
    | { readonly kind: "tcp" | "udp"; readonly address: string; readonly port: number }
    | { readonly kind: "unix"; readonly path: string };
  readonly connect: Target;
}

/** One for each port. */
export function waysOf({ listen, connect }: Pick<ProxyRequest, "listen" | "connect">): Way[] {
  if (listen.kind === "unix") return [{ listen, connect: targetAt(connect, 0) }];
  const { kind, address, ports } = listen;
  return ports.map((port, index) => ({ listen: { kind, address, port }, connect: targetAt(connect, index) }));
}

function targetAt(connect: ProxyAddress, index: number): Target {
  if (connect.kind === "unix") return connect;
  const { kind, address, ports } = connect;
  return { kind, address, port: ports[index] ?? ports[0] ?? 0 };
}

/** Of nobody on this host: for the proxies of privileged containers, which have no ids of their own. */
const nobody = 65_534;

/**
 * Host ids as which it runs: the owner of the instance's namespaces, who owns no file. Paths of unix sockets are opened as whom the user
 * said, who may be the host's root.
 */
export function userOf({ bind, connect, user, ids, container }: ProxyRequest): { uid: number; gid: number } {
  if (connect.kind !== "unix" || connect.path.startsWith("@")) {
    const id = ids.owner || nobody;
    return { uid: id, gid: id };
  }
  const base = bind === "host" && container ? ids.base : 0;
  return { uid: base + user.uid, gid: base + user.gid };
}

/** The process's first descriptor that is not one of the standard streams: its sockets, in the order of the ways, and its root. */
const firstDescriptor = 3;

/** What the process is told. */
export function proxySpec(request: ProxyRequest, ways: readonly Way[], hasRoot: boolean): ProxySpec {
  const listeners = ways.map(({ connect, listen }, index) => ({
    descriptor: firstDescriptor + index,
    ipv6: listen.kind !== "unix" && listen.address.includes(":"),
    connect,
  }));
  const root = hasRoot ? { root: firstDescriptor + ways.length } : {};
  return { listeners, proxyProtocol: request.proxyProtocol, ...userOf(request), ...root };
}

/** The command line of the process. As root it has no capability; other users give theirs up by themselves. */
export function proxyCommand(node: string, program: string, args: readonly string[], uid: number): string[] {
  const root = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"];
  return [...(uid === 0 ? root : []), node, program, ...args];
}
