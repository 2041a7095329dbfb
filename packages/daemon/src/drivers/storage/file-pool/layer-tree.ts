/** Which layers are needed, and which can be merged away: from the books alone. */
import type { InstanceId } from "@lodge/core";
import type { LayerId } from "./layout.ts";

export interface LayerNode {
  readonly id: LayerId;
  /** Missing: it stands on an image, or on nothing. */
  readonly parent?: LayerId;
  /** It is damaged: what it stands on cannot be told. */
  readonly damaged?: true;
}

/** A root, and the layers that it names: the one that it writes to, and those of its snapshots. */
export interface LayerHolder {
  readonly root: InstanceId;
  readonly layers: readonly LayerId[];
}

/** What lies between a layer and `base` is to be moved into the layer. */
export interface LayerMerge {
  readonly into: LayerId;
  /** Missing: down to the image. */
  readonly base?: LayerId;
}

/** Layers that no root names and that nothing named stands on; none as long as that cannot be told. */
export function unreachableLayers(nodes: readonly LayerNode[], holders: readonly LayerHolder[]): LayerId[] {
  const parents = parentsOf(nodes);
  const reachable = new Set<LayerId>();
  for (const { layers } of holders) {
    for (const layer of layers) {
      // What lies below one that was seen was seen with it: each is looked at once, however many there are.
      for (let id: LayerId | undefined = layer; id !== undefined && !reachable.has(id); id = parents.get(id))
        reachable.add(id);
    }
  }
  if (nodes.some(({ id, damaged }) => damaged && reachable.has(id))) return [];
  return nodes.map(({ id }) => id).filter((id) => !reachable.has(id));
}

/**
 * The merges that leave a root nothing but what is needed: a layer that some root names, or that several stand on. Only
 * layers that this root alone stands on are changed.
 */
export function layerMerges(
  nodes: readonly LayerNode[],
  holders: readonly LayerHolder[],
  root: InstanceId,
): LayerMerge[] {
  const parents = parentsOf(nodes);
  const users = new Map<LayerId, Set<InstanceId>>();
  const children = new Map<LayerId, Set<LayerId>>();
  for (const holder of holders) {
    for (const id of holder.layers.flatMap((layer) => chainOf(parents, layer))) {
      users.set(id, (users.get(id) ?? new Set()).add(holder.root));
      const parent = parents.get(id);
      if (parent) children.set(parent, (children.get(parent) ?? new Set()).add(id));
    }
  }
  const named = new Set(holders.flatMap(({ layers }) => layers));
  const isNeeded = (id: LayerId) => named.has(id) || (children.get(id)?.size ?? 0) > 1;
  return [...users]
    .filter(([id, roots]) => isNeeded(id) && roots.size === 1 && roots.has(root))
    .flatMap(([into]) => {
      const [parent, ...below] = chainOf(parents, into).slice(1);
      if (parent === undefined || isNeeded(parent)) return [];
      const base = below.find(isNeeded);
      return [{ into, ...(base !== undefined && { base }) }];
    });
}

type Parents = ReadonlyMap<LayerId, LayerId | undefined>;

const parentsOf = (nodes: readonly LayerNode[]): Parents => new Map(nodes.map(({ id, parent }) => [id, parent]));

/** A layer and all that it stands on, from the top. */
function chainOf(parents: Parents, top: LayerId): LayerId[] {
  const chain = new Set<LayerId>();
  for (let id: LayerId | undefined = top; id !== undefined && !chain.has(id); id = parents.get(id)) chain.add(id);
  return [...chain];
}
