/** Images as a simplestreams tree: pure. */
import type { Image } from "@lodge/api";

export interface ServedFile {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** An image with what was found out about its files. */
export interface ServedImage {
  readonly image: Image;
  /** Missing: metadata and root file system are one archive. */
  readonly metadata?: ServedFile;
  readonly rootfs: ServedFile;
  /** As the daemon calls the root file system. */
  readonly filename: string;
}

const contentId = "images";

export const indexPath = "streams/v1/index.json";
export const productsPath = "streams/v1/images.json";

/** `streams/v1/index.json`. Without products clients do not look further. */
export function indexOf(images: readonly ServedImage[]): object {
  const entry = {
    datatype: "image-downloads",
    path: productsPath,
    format: "products:1.0",
    products: images.map(productName),
  };
  return { format: "index:1.0", index: { [contentId]: entry } };
}

/** `streams/v1/images.json`: a product an image, for each has its own aliases. */
export function productsOf(images: readonly ServedImage[]): object {
  const products = Object.fromEntries(images.map((image) => [productName(image), productOf(image)]));
  return { content_id: contentId, datatype: "image-downloads", format: "products:1.0", products };
}

export interface ServedPath {
  readonly fingerprint: string;
  readonly part: "metadata" | "rootfs";
}

/** What a path of the tree leads to. */
export function servedPath(path: string): ServedPath | undefined {
  const [, fingerprint, part] = /^\/images\/([0-9a-f]{64})\/(metadata|rootfs)$/.exec(path) ?? [];
  return fingerprint && (part === "metadata" || part === "rootfs") ? { fingerprint, part } : undefined;
}

const architectures: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

function productName({ image: { properties, architecture, fingerprint } }: ServedImage): string {
  const { os = "image", release = "", variant = "default" } = properties;
  return [os, release, architecture, variant, fingerprint.slice(0, 12)]
    .map((word) => word.replaceAll(":", "-"))
    .join(":");
}

function productOf({ image, metadata, rootfs, filename }: ServedImage): object {
  const { os = "", release = "", variant, version } = image.properties;
  const base = `images/${image.fingerprint}`;
  const first = metadata && {
    ...{ ftype: "lxd.tar.xz", path: `${base}/metadata`, ...metadata },
    [`combined_${combinedKey(image, filename)}_sha256`]: image.fingerprint,
  };
  const ftype = metadata ? rootType(image, filename) : "lxd_combined.tar.gz";
  const items = { ...(first && { "lxd.tar.xz": first }), [ftype]: { ftype, path: `${base}/rootfs`, ...rootfs } };
  return {
    aliases: image.aliases.map(({ name }) => name).join(","),
    arch: architectures[image.architecture] ?? image.architecture,
    ...{ os, release, release_title: release, ...(variant && { variant }), ...(version && { version }) },
    versions: { [serialOf(image.created_at)]: { items } },
  };
}

function rootType({ type }: Image, filename: string): string {
  if (type === "virtual-machine") return "disk-kvm.img";
  return filename.endsWith(".squashfs") ? "squashfs" : "root.tar.xz";
}

function combinedKey({ type }: Image, filename: string): string {
  if (type === "virtual-machine") return "disk-kvm-img";
  return filename.endsWith(".squashfs") ? "squashfs" : "rootxz";
}

/** `20260102_03:04`. */
const serialOf = (time: string): string => time.slice(0, 16).replaceAll("-", "").replace("T", "_");
