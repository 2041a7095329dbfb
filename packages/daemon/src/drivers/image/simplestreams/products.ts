import type { InstanceType } from "@lodge/api";
import { kernelArchitecture, type OfferedImage } from "@lodge/core";
import { type Item, itemSchema, type Product, type Products } from "./schema.ts";

/** A file of an image. */
export interface OfferedFile {
  /** Beneath the server's address. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/** An image with where its files are: metadata and root file system, or one archive of both. */
export interface StreamImage extends OfferedImage {
  readonly files: { readonly metadata?: OfferedFile; readonly rootfs: OfferedFile };
}

type Combined = Extract<keyof Item, `combined_${string}`>;

/** Kinds of root file systems, the better first: that of several of a type has the alias; and where their image's fingerprint stands. */
const roots: readonly (readonly [ftype: string, type: InstanceType, fingerprints: readonly Combined[]])[] = [
  ["squashfs", "container", ["combined_squashfs_sha256"]],
  ["root.tar.xz", "container", ["combined_rootxz_sha256", "combined_sha256"]],
  ["disk-kvm.img", "virtual-machine", ["combined_disk-kvm-img_sha256"]],
  ["disk1.img", "virtual-machine", ["combined_disk1-img_sha256"]],
  ["uefi1.img", "virtual-machine", ["combined_uefi1-img_sha256"]],
];

const isMetadata = (ftype: string): boolean => ["lxd.tar.xz", "incus.tar.xz"].includes(ftype);
const isWhole = (ftype: string): boolean => ["lxd_combined.tar.gz", "incus_combined.tar.gz"].includes(ftype);

/** The images of a products file, the newest first. An alias is that of the newest image of its type and architecture. */
export function imagesOf({ products }: Products): StreamImage[] {
  const images = Object.values(products).flatMap((product) => (product ? imagesOfProduct(product) : []));
  images.sort((a, b) => (a.serial === b.serial ? 0 : a.serial < b.serial ? 1 : -1));
  const taken = new Set<string>();
  const isFree = (image: StreamImage, alias: string) => {
    const key = `${image.type} ${image.architecture} ${alias}`;
    return !taken.has(key) && taken.add(key);
  };
  return images.map(({ serial: _serial, ...image }) => ({
    ...image,
    aliases: image.aliases.filter((alias) => isFree(image, alias)),
  }));
}

type Dated = StreamImage & { readonly serial: string };

function imagesOfProduct(product: Product): Dated[] {
  return Object.entries(product.versions).flatMap(([serial, { items, label }]) => {
    const createdAt = dateOf(serial);
    if (!createdAt) return [];
    const parsed = Object.values(items).flatMap((item) => itemSchema.safeParse(item).data ?? []);
    return imagesOfVersion(parsed).map(({ type, fingerprint, files, filename }) => ({
      fingerprint,
      type,
      files,
      filename,
      serial,
      architecture: kernelArchitecture(product.arch),
      aliases: product.aliases
        .split(",")
        .map((alias) => alias.trim())
        .filter((alias) => alias !== ""),
      properties: propertiesOf(product, serial, label),
      size: files.rootfs.size + (files.metadata?.size ?? 0),
      createdAt,
    }));
  });
}

type Found = Pick<StreamImage, "type" | "fingerprint" | "files" | "filename">;

/** Those that can be checked, the better first. */
function imagesOfVersion(items: readonly Item[]): Found[] {
  const found: Found[] = [];
  for (const metadata of items.filter(({ ftype }) => isMetadata(ftype))) {
    for (const [ftype, type, fingerprints] of roots) {
      const root = items.find((item) => item.ftype === ftype);
      const fingerprint = fingerprints.map((key) => metadata[key]).find((each) => each !== undefined);
      const [first, second] = [fileOf(metadata), root && fileOf(root)];
      if (!first || !second || fingerprint === undefined) continue;
      const filename = nameOf(metadata.path);
      found.push({ type, fingerprint, filename, files: { metadata: first, rootfs: second } });
    }
  }
  const whole = items.find(({ ftype }) => isWhole(ftype));
  const file = whole && fileOf(whole);
  if (file)
    found.push({ type: "container", fingerprint: file.sha256, filename: nameOf(file.path), files: { rootfs: file } });
  return found;
}

function fileOf({ path, sha256, size }: Item): OfferedFile | undefined {
  return sha256 === undefined || size === undefined ? undefined : { path, sha256, size };
}

const nameOf = (path: string): string => path.split("/").at(-1) ?? "";

/** Versions are called by their date: `20260102_03:04`. */
function dateOf(serial: string): Date | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})/.exec(serial) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function propertiesOf(product: Product, serial: string, label: string | undefined): Readonly<Record<string, string>> {
  const { os, release, release_title: title = release, version, arch, variant } = product;
  const requirements = Object.entries({ ...product.lxd_requirements, ...product.requirements });
  const said = {
    ...{ os, release, version, variant, architecture: arch, label, serial },
    description: `${os} ${title} ${arch}${label ? ` (${label})` : ""} (${serial})`,
    ...Object.fromEntries(requirements.map(([key, value]) => [`requirements.${key}`, value])),
  };
  return Object.fromEntries(Object.entries(said).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}
