/** How a pool keeps the files of volumes. */
import type { CopyWork, VolumeId } from "@lodge/core";
import { run } from "../../../system/run.ts";
import { watchCopying } from "../../../system/watch-copying.ts";

/** Milliseconds: a volume of terabytes on slow disks. */
const day = 24 * 3_600_000;

/** What a tree is filled with. */
export interface TreeOrigin {
  readonly path: string;
  /** It is a volume's of this pool, or a snapshot's. */
  readonly isOwn: boolean;
  /** A snapshot's of this pool: nobody will ever write to its files. */
  readonly isFixed?: true;
  /** Of the copying. */
  readonly work?: CopyWork;
}

export interface TreeRequest {
  readonly id: VolumeId;
  /** Bytes that the files may take; missing: no limit. Only where limits are possible. */
  readonly size?: number;
}

/** Trees as streams of a pool's own form. */
export interface TreeStreams {
  /** Whether it can be sent: otherwise it was made by an older Lodge. */
  has(tree: string): Promise<boolean>;
  /** Of trees that do not change. A piece is what it is until the next is asked for. */
  send(tree: string, parent?: string): AsyncIterable<Buffer>;
  /** Makes a tree that does not change, as the only thing in an empty directory, and on disk; of the name that it had where it was sent. */
  receive(path: string, stream: AsyncIterable<Buffer>): Promise<void>;
}

export interface VolumeTrees {
  /** Why files cannot be limited, as the end of a sentence; undefined when they can. */
  refusal(): Promise<string | undefined>;
  /** Makes a tree at a path where nothing is. The limit holds from the first byte that is written to it. */
  make(path: string, request: TreeRequest, from?: TreeOrigin): Promise<void>;
  /** Makes one that will never change. */
  keep(path: string, from: TreeOrigin): Promise<void>;
  /** Sets or (without a size) lifts the limit of a tree. Only where limits are possible. */
  limit(path: string, request: TreeRequest): Promise<void>;
  /** Of pools with a form of their own. */
  readonly streams?: TreeStreams;
  /** After all trees of a volume have been removed, or while none is made yet. */
  forget(id: VolumeId): Promise<void>;
}

/** With owners, attributes, links and holes. Into a directory that is there, its content goes. */
export async function copyTree({ path, work = {} }: Pick<TreeOrigin, "path" | "work">, to: string): Promise<void> {
  const { signal, progress } = work;
  const args = ["--archive", "--reflink=auto", "--sparse=auto", "--no-target-directory", "--", path, to];
  let unwatch = () => {};
  const started = (pid: number) => {
    if (progress) unwatch = watchCopying(pid, progress);
  };
  try {
    await run("cp", args, { timeout: day, bound: true, code: "pool_failed", started, ...(signal && { signal }) });
  } finally {
    unwatch();
  }
}

/** Of what never changes, for what never will: the files are the same ones. */
export async function linkTree(from: string, to: string): Promise<void> {
  const args = ["--archive", "--link", "--no-target-directory", "--", from, to];
  await run("cp", args, { timeout: day, bound: true, code: "pool_failed" });
}
