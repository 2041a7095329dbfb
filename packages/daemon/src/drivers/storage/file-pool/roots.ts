import type {
  ChainLength,
  ContainerCopies,
  IdRange,
  InstanceId,
  LiveRoot,
  PreparedRoot,
  Progress,
  RootCopy,
  RootRequest,
  RootStreams,
  ShownSnapshot,
  SnapshotOf,
} from "@lodge/core";
import type { LayerId } from "./layout.ts";
import type { RootRecord } from "./records.ts";

/** How a pool deals with the roots of one type. Called in the turn of the root that is changed, and of one that is copied. */
export interface Roots {
  create(request: RootRequest): Promise<void>;
  copy(copy: RootCopy, source: RootRecord, request: RootRequest): Promise<void>;
  /** Makes the root anew, in the place of the one that is there. */
  replace(request: RootRequest, record: RootRecord): Promise<void>;
  prepare(request: RootRequest, record: RootRecord, ids: IdRange): Promise<PreparedRoot>;
  /** Makes a settled root hold what a prepared one of another pool shows. */
  fill(request: RootRequest, record: RootRecord, from: PreparedRoot, signal: AbortSignal): Promise<void>;
  /** Also what an interrupted `prepare` left, and where there is no record. */
  settle(id: InstanceId, record: RootRecord): Promise<void>;
  remove(id: InstanceId, record: RootRecord): Promise<void>;
  /** At daemon start: finishes what was under way when the last one died. */
  recover?(id: InstanceId, record: RootRecord): Promise<void>;
  usage(id: InstanceId, record: RootRecord): Promise<number>;
  keep(snapshot: SnapshotOf, record: RootRecord, live: LiveRoot | undefined): Promise<void>;
  restore(request: RootRequest, record: RootRecord, layer: LayerId): Promise<void>;
  layerUsage(layer: LayerId): Promise<number>;
  /** Shows a root's layer with the guest's owners, to be read. Where there is none, what shows it is a copy. */
  show?(id: InstanceId, record: RootRecord, layer: LayerId): Promise<ShownSnapshot>;
}

/** What is done for whom, in the root's turn. */
export interface CompactionWork {
  readonly root: InstanceId;
  readonly record: RootRecord;
  readonly live: () => LiveRoot | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** How a pool makes the layers of one type's roots few. */
export interface RootCompaction {
  chain(root: InstanceId, record: RootRecord): Promise<Pick<ChainLength, "layers" | "most">>;
  /** Whether nothing can be merged at the moment, because somebody looks at the layers. */
  isHeld(root: InstanceId): Promise<boolean>;
  /** As in the contract of pools. False: some of it is to be done later, when the layers are held no more. */
  compact(work: CompactionWork): Promise<boolean>;
}

/** Containers' roots: what pools on different file systems do in ways of their own. */
export interface ContainerKeeping extends Roots {
  /** Why no root can be limited in size; undefined: it can. */
  sizeProblem(): Promise<string | undefined>;
  /** What a snapshot or a copy costs. */
  copies(): Promise<ContainerCopies>;
  /** Makes an empty directory that may become an image's tree. */
  makeTree(path: string): Promise<void>;
  /** Makes a directory an image's tree, for good: one of `makeTree`, or one in such. */
  placeTree(from: string, to: string): Promise<void>;
  /** Of pools with a form of their own, which is called as their driver is. */
  readonly streams?: RootStreams;
  /** Of pools in which containers' roots stand on several layers. */
  readonly compaction?: RootCompaction;
}
