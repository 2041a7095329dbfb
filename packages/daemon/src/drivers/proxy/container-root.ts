import { stat } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { ProxyRequest } from "@lodge/core";
import { openRoot, type Root } from "../../system/rooted-open.ts";

/** The root directory that a container's init sees. The caller closes its handle. */
export async function openContainerRoot({ network, init }: NonNullable<ProxyRequest["container"]>): Promise<Root> {
  const root = openRootOf(init);
  try {
    // Pids are given again: it is this container's if it is in its network.
    const [own, known] = await Promise.all([stat(`/proc/${init}/ns/net`), stat(network)]);
    if (own.ino === known.ino) return root;
  } catch {
    // It has ended.
  }
  root.handle[Symbol.dispose]();
  throw ended();
}

function openRootOf(init: number): Root {
  try {
    return openRoot(`/proc/${init}/root`, true);
  } catch {
    throw ended();
  }
}

const ended = () => new LodgeError({ code: "instance_not_ready", message: "The container's init has just ended." });
