import { type Alias, type Image, type InstanceSource, type InstanceType, LodgeError, zeroTime } from "@lodge/api";
import type { AliasRecord, ImageRecord, ImageSourceRecord } from "../store.ts";
import type { ImageTables } from "./of-project.ts";
import type { StagedImage } from "./source.ts";

/** Finds images by what users call them. */
export class ImageRecords {
  readonly #store: ImageTables;

  constructor(store: ImageTables) {
    this.#store = store;
  }

  /** By fingerprint, or a prefix that only one image has. */
  async byFingerprint(prefix: string): Promise<ImageRecord> {
    const found = (await this.#store.images.list()).filter(
      (image) => prefix !== "" && image.fingerprint.startsWith(prefix),
    );
    const [first, second] = found;
    if (!first) throw notFound(prefix);
    if (second)
      throw new LodgeError({
        code: "image_not_found",
        message: `Fingerprint "${prefix}" is ambiguous; give more digits of it.`,
      });
    return first;
  }

  async aliases(name: string): Promise<AliasRecord[]> {
    return (await this.#store.aliases.list()).filter((alias) => alias.name === name);
  }

  /** Those of this name. Where nothing has it, `NAME/vm` is NAME's virtual machine, for clients that cannot say a type. */
  async called(name: string): Promise<AliasRecord[]> {
    const all = await this.#store.aliases.list();
    const named = all.filter((alias) => alias.name === name);
    if (named.length > 0) return named.toSorted((a, b) => (a.type < b.type ? -1 : 1));
    return all.filter((alias) => alias.type === "virtual-machine" && `${alias.name}/vm` === name);
  }

  /**
   * One alias may stand for a container image and a VM image; the type chooses. Without one, containers come first. Clients that have made
   * a fingerprint of such an alias themselves, and ask for the other type, mean the other image.
   */
  async resolve(
    source: Pick<InstanceSource, "alias" | "fingerprint">,
    type: InstanceType | undefined,
  ): Promise<ImageRecord> {
    const name = source.alias || source.fingerprint || "";
    const aliases = await this.called(name);
    const alias = type ? aliases.find((a) => a.type === type) : aliases[0];
    if (alias) return this.byFingerprint(alias.fingerprint);
    if (aliases[0]) throw mismatch(name, aliases[0].type, type);
    const image = await this.byFingerprint(/^[0-9a-f]+$/.test(name) ? name : "").catch(() => {
      throw notFound(name);
    });
    if (!type || image.type === type) return image;
    return this.byFingerprint(await this.#namesake(image, type));
  }

  /** The image of the type that has an alias in common with this one. `image_type_mismatch` unless there is exactly one. */
  async #namesake({ fingerprint, type: has }: ImageRecord, type: InstanceType): Promise<string> {
    const all = await this.#store.aliases.list();
    const names = new Set(all.filter((alias) => alias.fingerprint === fingerprint).map(({ name }) => name));
    const found = all.filter((alias) => alias.type === type && names.has(alias.name));
    const [first, second] = new Set(found.map((alias) => alias.fingerprint));
    if (first !== undefined && second === undefined) return first;
    const short = fingerprint.slice(0, 12);
    if (first === undefined) throw mismatch(short, has, type);
    throw new LodgeError({
      code: "image_type_mismatch",
      message: `Image "${short}" is a ${has} image, and its aliases stand for several ${type} images (${found.map(({ name }) => name).join(", ")}); say which one by its alias.`,
    });
  }
}

function notFound(name: string): LodgeError {
  return new LodgeError({
    code: "image_not_found",
    message: `Image "${name}" does not exist on this host; "lodge image list" shows those that do, "lodge image build" makes one.`,
  });
}

function mismatch(name: string, has: InstanceType, wanted: InstanceType | undefined): LodgeError {
  const hint = has === "virtual-machine" ? "launch it with --vm" : "launch it without --vm";
  return new LodgeError({
    code: "image_type_mismatch",
    message: `Image "${name}" is a ${has} image and has no ${wanted} variant; ${hint}.`,
  });
}

export function renderImage(record: ImageRecord, aliases: readonly AliasRecord[]): Image {
  return {
    fingerprint: record.fingerprint,
    type: record.type,
    aliases: aliases
      .filter((a) => a.fingerprint === record.fingerprint)
      .map(({ name, description }) => ({ name, description })),
    architecture: record.architecture,
    auto_update: record.autoUpdate,
    cached: record.cached,
    filename: record.filename,
    profiles: [...(record.profiles ?? ["default"])],
    properties: { ...record.properties },
    public: record.public,
    size: record.size,
    created_at: record.createdAt.toISOString(),
    expires_at: record.expiresAt?.toISOString() ?? zeroTime,
    last_used_at: record.lastUsedAt?.toISOString() ?? zeroTime,
    uploaded_at: record.uploadedAt.toISOString(),
    ...(record.source && { update_source: updateSource(record) }),
  };
}

function updateSource({ type, source }: ImageRecord) {
  const { server = "", protocol = "lxd", alias = "", certificate = "" } = source ?? {};
  return { server, protocol, alias, certificate, image_type: type };
}

export const renderAlias = ({ name, description, fingerprint, type }: AliasRecord): Alias => ({
  name,
  description,
  target: fingerprint,
  type,
});

/** When an image is of nobody's use any more. The wire's "never" is the year 1. */
export function expiryOf(text: string | null | undefined): { readonly expiresAt?: Date } {
  return !text || text.startsWith("0001-") ? {} : { expiresAt: new Date(text) };
}

export interface ImageOrigin {
  readonly filename: string;
  readonly public: boolean;
  /** Added to those of the image itself. */
  readonly properties: Readonly<Record<string, string>>;
  readonly cached?: boolean;
  readonly autoUpdate?: boolean;
  readonly profiles?: readonly string[];
  readonly expiresAt?: Date;
  readonly source?: ImageSourceRecord;
}

export function imageRecord(staged: StagedImage, origin: ImageOrigin, now: Date): ImageRecord {
  return {
    fingerprint: staged.fingerprint,
    type: staged.type,
    architecture: staged.metadata.architecture,
    filename: origin.filename,
    size: staged.size,
    public: origin.public,
    properties: { ...staged.metadata.properties, ...origin.properties },
    split: staged.metadataFile !== undefined,
    createdAt: new Date(staged.metadata.creationDate * 1000),
    uploadedAt: now,
    cached: origin.cached ?? false,
    autoUpdate: origin.autoUpdate ?? false,
    ...(staged.metadata.expiryDate && { expiresAt: new Date(staged.metadata.expiryDate * 1000) }),
    ...(origin.expiresAt && { expiresAt: origin.expiresAt }),
    ...(origin.profiles && { profiles: origin.profiles }),
    ...(staged.metadata.templates && { templates: staged.metadata.templates }),
    ...(origin.source && { source: origin.source }),
  };
}

/** Of an image that another project has: what lies in its files is the same, what that project says of it is not. */
export function adoptedRecord(known: ImageRecord, origin: ImageOrigin, now: Date): ImageRecord {
  const { fingerprint, type, architecture, size, split, createdAt, templates } = known;
  return {
    ...{ fingerprint, type, architecture, size, split, createdAt, uploadedAt: now },
    ...(templates && { templates }),
    ...{ filename: origin.filename, public: origin.public, properties: origin.properties },
    ...{ cached: origin.cached ?? false, autoUpdate: origin.autoUpdate ?? false },
    ...(origin.profiles && { profiles: origin.profiles }),
    ...(origin.expiresAt && { expiresAt: origin.expiresAt }),
    ...(origin.source && { source: origin.source }),
  };
}
