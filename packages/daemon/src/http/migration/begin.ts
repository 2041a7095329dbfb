import { LodgeError, type MigrationTarget } from "@lodge/api";
import type { MigrationSide, RunningOperation } from "@lodge/core";
import { openWebSocket } from "../../system/web/open-websocket.ts";
import type { RouteContext } from "../api.ts";
import { SocketSet } from "../sessions/socket-set.ts";
import { type NamedPeer, type Peer, parsePeer } from "./peer.ts";
import { SocketLink } from "./socket-link.ts";

const names = ["control", "fs"] as const;

/** Bytes of one frame: those of the other side are smaller by far. */
const largestFrame = 16 << 20;

/** The peer of a target. `push`: it comes to us. */
export function peerOf(mode: string | null | undefined, peer: NamedPeer): NamedPeer | undefined {
  if (mode === "push") return undefined;
  if (mode === "pull" || !mode) return peer;
  throw new LodgeError({
    code: "request_invalid",
    message: `The mode of a migration is "pull" or "push", not "${mode}".`,
  });
}

/** The peer of a source. Missing: it comes to us. */
export function sentTo(target: MigrationTarget | null | undefined): NamedPeer | undefined {
  return target ? { ...target, secrets: target.secrets ?? target.websockets } : undefined;
}

/**
 * Begins one side of a migration: an operation with websockets, for which it waits, or one that opens those of a peer. LXD's clients want
 * nothing but secrets in the metadata of the former.
 */
export async function beginMigration(
  context: RouteContext,
  project: string,
  { description, resources, run }: MigrationSide,
  named: NamedPeer | undefined,
): Promise<RunningOperation> {
  const { operations } = context.services;
  const about = { description, resources, project };
  if (named) {
    const peer = parsePeer(named);
    return operations.begin(about, async (operation) => {
      await using link = await join(peer, operation.signal);
      await run(link, operation);
      return undefined;
    });
  }
  const sockets = new SocketSet(names, context.connectTimeout);
  try {
    return await operations.begin({ ...about, class: "websocket", metadata: sockets.secrets }, async (operation) => {
      const withdraw = context.hub.offer(operation.id, sockets);
      try {
        await using link = await meet(sockets, operation.signal);
        await run(link, operation);
        return undefined;
      } finally {
        withdraw();
      }
    });
  } catch (error) {
    sockets.dispose();
    throw error;
  }
}

async function join({ control, fs, certificate }: Peer, signal: AbortSignal): Promise<SocketLink> {
  const open = (url: URL) => openWebSocket({ url, certificate, signal, largestFrame });
  const first = await open(control);
  try {
    return new SocketLink(first, await open(fs), signal);
  } catch (error) {
    first.terminate();
    throw error;
  }
}

async function meet(sockets: SocketSet, signal: AbortSignal): Promise<SocketLink> {
  const cancelled = Promise.withResolvers<never>();
  const cancel = () => cancelled.reject(signal.reason);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    signal.throwIfAborted();
    const [control, fs] = await Promise.race([sockets.require(names), cancelled.promise]);
    if (!control || !fs) throw new Error("no sockets");
    return new SocketLink(control, fs, signal);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
