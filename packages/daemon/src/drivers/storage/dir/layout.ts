import { join } from "node:path";
import type { InstanceId } from "@lodge/core";

/**
 * Where everything of a `dir` pool lies. Directories whose names begin with a dot are half-made or half-removed: they get
 * their name by a rename once they are whole, and lose it by one before they are taken apart.
 *
 * images/FINGERPRINT/  image.json and rootfs/ (container), or disk.qcow2, kernel, initrd (VM)
 * roots/ID/            root.json and data/{upper,work}, stage/{layer,data}, rootfs/ (container; empty/ where it has no image),
 *                      or root.qcow2 (VM)
 */
export class DirLayout {
  readonly root: string;
  constructor(root: string) {
    this.root = root;
  }
  get images() {
    return join(this.root, "images");
  }
  get roots() {
    return join(this.root, "roots");
  }
  image(fingerprint: string): ImageLayout {
    return imageLayout(join(this.images, fingerprint));
  }
  container(id: InstanceId): ContainerLayout {
    return containerLayout(join(this.roots, id));
  }
  disk(id: InstanceId): DiskLayout {
    return diskLayout(join(this.roots, id));
  }
}

export type ImageLayout = ReturnType<typeof imageLayout>;

export function imageLayout(directory: string) {
  return {
    directory,
    record: join(directory, "image.json"),
    rootfs: join(directory, "rootfs"),
    disk: join(directory, "disk.qcow2"),
    kernel: join(directory, "kernel"),
    initrd: join(directory, "initrd"),
  };
}

export type ContainerLayout = ReturnType<typeof containerLayout>;

export function containerLayout(directory: string) {
  return {
    directory,
    record: join(directory, "root.json"),
    /** What the instance changed; owners as in the image, from 0. Nobody but root may enter. */
    data: join(directory, "data"),
    upper: join(directory, "data", "upper"),
    work: join(directory, "data", "work"),
    /** Stands for the layer where there is no image. */
    empty: join(directory, "empty"),
    /** Mount points that are in use only while the root is being mounted. */
    stageLayer: join(directory, "stage", "layer"),
    stageData: join(directory, "stage", "data"),
    /** Where the root is mounted. */
    rootfs: join(directory, "rootfs"),
  };
}

export type DiskLayout = ReturnType<typeof diskLayout>;

export function diskLayout(directory: string) {
  return { directory, record: join(directory, "root.json"), disk: join(directory, "root.qcow2") };
}

/** Of a root's disk to its base: relative, so that a LODGE_DIR can be moved. */
export function relativeBase(fingerprint: string): string {
  return `../../images/${fingerprint}/disk.qcow2`;
}
