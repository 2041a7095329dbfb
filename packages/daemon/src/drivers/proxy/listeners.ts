import { closeSync } from "node:fs";
import { LodgeError } from "@lodge/api/errors";
import { formatProxyAddress, type ProxyRequest } from "@lodge/core";
import { bindUnix, isListening, listenOnPort, startListening } from "../../system/listening-socket.ts";
import { inNetworkNamespace } from "../../system/network-namespace.ts";
import { errnoName, reasonOf } from "../../system/rooted-errors.ts";
import type { Way } from "./plan.ts";
import { listenOnPath } from "./unix-listener.ts";

/** Opens the sockets of a proxy on the side that listens, one for each way. Throws `proxy_address_unusable`. The caller closes them. */
export async function openListeners(request: ProxyRequest, ways: readonly Way[]): Promise<number[]> {
  const opened: number[] = [];
  try {
    for (const way of ways) opened.push(await openListener(request, way.listen));
    return opened;
  } catch (error) {
    closeAll(opened);
    throw unusable(request, error);
  }
}

export function closeAll(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) closeSync(descriptor);
}

/** Whether the addresses on the host are free now: a unix socket's path is, unless somebody listens. */
export function probeAddresses(request: Pick<ProxyRequest, "owner" | "device" | "listen">, ways: readonly Way[]): void {
  const opened: number[] = [];
  try {
    for (const { listen } of ways) {
      if (listen.kind !== "unix") opened.push(listenOnPort(listen.kind, listen.address, listen.port));
      else if (listen.path.startsWith("@")) opened.push(bindUnix(listen.path));
      else if (isTaken(listen.path)) throw Object.assign(new Error("in use"), { code: "EADDRINUSE" });
    }
  } catch (error) {
    throw unusable(request, error);
  } finally {
    closeAll(opened);
  }
}

function isTaken(path: string): boolean {
  try {
    return isListening(path);
  } catch (error) {
    if (errnoName(error) === "ENOENT") return false;
    throw error;
  }
}

async function openListener(request: ProxyRequest, listen: Way["listen"]): Promise<number> {
  const { bind, container } = request;
  const onItsSide = <T>(action: () => T): T =>
    bind === "instance" && container ? inNetworkNamespace(container.network, action) : action();
  if (listen.kind !== "unix") return onItsSide(() => listenOnPort(listen.kind, listen.address, listen.port));
  if (!listen.path.startsWith("@")) return listenOnPath(request, listen.path);
  const descriptor = onItsSide(() => bindUnix(listen.path));
  startListening(descriptor);
  return descriptor;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use",
  EADDRNOTAVAIL: "there is no such address",
  EAFNOSUPPORT: "there is no such kind of address",
};

function unusable({ owner, device, listen }: Pick<ProxyRequest, "owner" | "device" | "listen">, error: unknown) {
  if (error instanceof LodgeError) return error;
  const reason = reasons[errnoName(error) ?? ""] ?? reasonOf(error);
  return new LodgeError({
    code: "proxy_address_unusable",
    message: `Proxy "${device}" of instance ${owner} cannot listen on ${formatProxyAddress(listen)}: ${reason}.`,
    cause: error,
  });
}
