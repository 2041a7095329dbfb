import { setImmediate as turn } from "node:timers/promises";
import type { InstanceId, Use } from "@lodge/core";

/** Instances that are looked at in one go: a few milliseconds, in which the daemon does nothing else. */
const piece = 32;

/**
 * Looks at each, and lets others have their turn in between. Those of which there is nothing to tell are left out: one that ends just then,
 * or cannot be read, shall not hide the others.
 */
export async function inPieces<Item extends { readonly id: InstanceId }>(
  items: readonly Item[],
  look: (item: Item) => Use | undefined | Promise<Use | undefined>,
): Promise<ReadonlyMap<InstanceId, Use>> {
  const uses = new Map<InstanceId, Use>();
  for (let at = 0; at < items.length; at += piece) {
    if (at > 0) await turn();
    const looks = items.slice(at, at + piece).map(async (item) => [item.id, await look(item)] as const);
    for (const result of await Promise.allSettled(looks)) {
      const [id, use] = result.status === "fulfilled" ? result.value : [];
      if (id && use) uses.set(id, use);
    }
  }
  return uses;
}
