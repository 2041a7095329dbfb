import { randomBytes } from "node:crypto";
import { join, relative, sep } from "node:path";
import type { InstanceId } from "@lodge/core";

/** Sixteen hexadecimal digits. */
export type LayerId = string & { readonly brand: "LayerId" };

/**
 * Where everything of a pool lies. Directories whose names begin with a dot are half-made or half-removed: they get
 * their name by a rename once they are whole, and lose it by one before they are taken apart.
 *
 * images/FINGERPRINT/  image.json and rootfs/ (container), or disk.qcow2, kernel, initrd (VM)
 * layers/LAYER/        what was changed on top of an image or another layer: disk.qcow2 and, once it is sealed, state/ (VM), or
 *                      layer.json and upper/ (container)
 * roots/ID/            root.json, which names the root's layers; state/ (VM: UEFI variables and such) and memory/STATE/ (VM: kept
 *                      states), or data/{upper,next,work}, stage/{layer,layers,data}, rootfs/ and, where it has no image, empty/
 *                      (container)
 */
export class PoolLayout {
  readonly root: string;
  constructor(root: string) {
    this.root = root;
  }
  get images() {
    return join(this.root, "images");
  }
  get layers() {
    return join(this.root, "layers");
  }
  get roots() {
    return join(this.root, "roots");
  }
  /** The root that a path beneath `roots` belongs to. */
  rootOf(path: string): InstanceId {
    return relative(this.roots, path).split(sep, 1)[0] as InstanceId;
  }
  /** Takes room that is needed where there is none. */
  get putBy() {
    return join(this.root, "put-by");
  }
  image(fingerprint: string): ImageLayout {
    return imageLayout(join(this.images, fingerprint));
  }
  layer(id: LayerId): LayerLayout {
    return layerLayout(join(this.layers, id));
  }
  container(id: InstanceId): ContainerLayout {
    return containerLayout(join(this.roots, id));
  }
  /** What a VM keeps beside its disk. */
  machineState(id: InstanceId): string {
    return machineState(this.container(id).directory);
  }
  /** The kept states of a VM. */
  memory(id: InstanceId): string {
    return join(this.container(id).directory, "memory");
  }
  /** Of a root of either type. */
  rootRecord(id: InstanceId): string {
    return this.container(id).record;
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

export type LayerLayout = ReturnType<typeof layerLayout>;

export function layerLayout(directory: string) {
  return {
    directory,
    record: join(directory, "layer.json"),
    upper: join(directory, "upper"),
    disk: join(directory, "disk.qcow2"),
    /** What the VM kept beside the disk when it was sealed. */
    state: join(directory, "state"),
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
    /** What becomes the upper directory when that is moved away. */
    next: join(directory, "data", "next"),
    /** Stands for the layer where there is no image. */
    empty: join(directory, "empty"),
    /** Mount points that are in use only while the root is being mounted. */
    stageLayer: join(directory, "stage", "layer"),
    stageLayers: join(directory, "stage", "layers"),
    stageData: join(directory, "stage", "data"),
    /** Where the root is mounted. */
    rootfs: join(directory, "rootfs"),
  };
}

/** Of the directory of a VM's root. */
export function machineState(directory: string): string {
  return join(directory, "state");
}

export function newLayerId(): LayerId {
  return randomBytes(8).toString("hex") as LayerId;
}

/** What a disk stands on, as its header names it: relative, so that a LODGE_DIR can be moved. */
export type DiskBase = { readonly image: string } | { readonly layer: LayerId };

export function baseReference(base: DiskBase): string {
  return "image" in base ? `../../images/${base.image}/disk.qcow2` : `../${base.layer}/disk.qcow2`;
}

/** Undefined for what this pool does not write. */
export function parseBaseReference(reference: string): DiskBase | undefined {
  const [, image, layer] = /^\.\.\/(?:\.\.\/images\/([0-9a-f]{64})|([0-9a-f]{16}))\/disk\.qcow2$/.exec(reference) ?? [];
  if (image !== undefined) return { image };
  return layer === undefined ? undefined : { layer: layer as LayerId };
}
