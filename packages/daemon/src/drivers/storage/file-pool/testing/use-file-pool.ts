/** A pool of a kind for each test, and images for all of them. Needs root. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { IdRange, ImageFiles, InstanceId, PoolDriver, RootRequest, SnapshotId } from "@lodge/core";
import { afterAll, beforeAll, beforeEach, onTestFinished } from "vitest";
import { makeScratch, type PoolKind, removeLodgeDir } from "./pool-host.ts";
import { makeDisk, makeSampleTree, makeSquashfs, sampleGrubConfig } from "./sample-images.ts";

export const one = "00000001" as InstanceId;
export const two = "00000002" as InstanceId;
export const ids: IdRange = { base: 1_065_536, size: 65_536, owner: 1_065_536 };
export const otherIds: IdRange = { base: 2_065_536, size: 65_536, owner: 2_065_536 };
export const [first, second] = ["0000000a", "0000000b"] as [SnapshotId, SnapshotId];
export const never: AbortSignal = new AbortController().signal;

export const requestFor = ({ type, fingerprint }: ImageFiles, id = one): RootRequest => ({ id, type, fingerprint });

export class FilePoolUnderTest {
  readonly kind: PoolKind;
  scratch = "";
  /** A LODGE_DIR. */
  directory = "";
  #images: { readonly squashfs: ImageFiles; readonly disk: ImageFiles } | undefined;
  #pool: PoolDriver | undefined;

  constructor(kind: PoolKind) {
    this.kind = kind;
  }

  get squashfs(): ImageFiles {
    return this.#made().squashfs;
  }

  get disk(): ImageFiles {
    return this.#made().disk;
  }

  get pool(): PoolDriver {
    if (!this.#pool) throw new Error("a test has a pool once it has begun");
    return this.#pool;
  }

  async makeImages(): Promise<void> {
    this.scratch = await makeScratch();
    await makeSampleTree(join(this.scratch, "rootfs"));
    const squashfs = await makeSquashfs(join(this.scratch, "rootfs"), join(this.scratch, "root.squashfs"));
    const disk = await makeDisk({ directory: this.scratch, grubConfig: sampleGrubConfig, compressed: false });
    this.#images = { squashfs, disk };
  }

  async makePool(): Promise<void> {
    this.directory = await makeScratch();
    await this.kind.make(this.directory);
    this.reopen();
  }

  /** As the next daemon does. */
  reopen(): void {
    this.#pool = this.kind.open(this.directory);
  }

  /** A root of the image. */
  async create(image: ImageFiles): Promise<void> {
    await this.pool.unpackImage(image, () => undefined, never);
    await this.pool.createRoot(requestFor(image));
  }

  layers(): Promise<string[]> {
    return readdir(join(this.directory, "pools/default/layers"));
  }

  #made() {
    if (!this.#images) throw new Error("there are images once the tests have begun");
    return this.#images;
  }
}

/** In a `describe`. */
export function useFilePool(kind: PoolKind): FilePoolUnderTest {
  const test = new FilePoolUnderTest(kind);
  beforeAll(() => test.makeImages());
  afterAll(() => rm(test.scratch, { recursive: true, force: true }));
  beforeEach(async () => {
    await test.makePool();
    const { directory } = test;
    onTestFinished(() => removeLodgeDir(kind, directory));
  });
  return test;
}
