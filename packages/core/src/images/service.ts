import {
  type Alias,
  type AliasCreate,
  type AliasPut,
  type Image,
  type ImageBuild,
  type InstanceSource,
  type InstanceType,
  LodgeError,
} from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import { KeyedLock } from "../instances/lock.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import type { ImageChange, ImageImport, ImageService, Staging } from "../services.ts";
import type { PoolLookup } from "../storage/open-pools.ts";
import type { ImageFiles } from "../storage/pool.ts";
import type { AliasRecord, ImageRecord, Store } from "../store.ts";
import { ImageAliases } from "./aliases.ts";
import type { ImageCatalog, NewAlias } from "./catalog.ts";
import type { ImageStore } from "./image-store.ts";
import { type ImageOrigin, ImageRecords, imageRecord, renderImage } from "./records.ts";
import type { ImageBuilder, ImageFormat, StagedImage } from "./source.ts";

export interface ImageDependencies {
  readonly store: Store;
  readonly operations: Operations;
  readonly events: EventBus;
  readonly files: ImageStore;
  readonly builder: ImageBuilder;
  readonly format: ImageFormat;
  readonly pools: PoolLookup;
  readonly now: () => Date;
  /** Called before an image goes that no instance uses: removes what else stands on it. */
  readonly release?: (fingerprint: string) => Promise<void>;
}

const imageUrl = (fingerprint: string): string => `/1.0/images/${fingerprint}`;

/** Images: kept as they were imported or built, unpacked by pools when first used. */
export class Images implements ImageService, ImageCatalog {
  readonly #deps: ImageDependencies;
  readonly #records: ImageRecords;
  readonly #aliases: ImageAliases;
  /** By fingerprint: keeping, using and deleting an image exclude each other. */
  readonly #lock = new KeyedLock<string>();
  readonly #users = new Map<string, number>();

  constructor(deps: ImageDependencies) {
    this.#deps = deps;
    this.#records = new ImageRecords(deps.store);
    this.#aliases = new ImageAliases(deps.store, deps.events);
  }

  async list(): Promise<Image[]> {
    const aliases = await this.#deps.store.aliases.list();
    return (await this.#deps.store.images.list()).map((record) => renderImage(record, aliases));
  }

  async get(fingerprint: string): Promise<Image> {
    return renderImage(await this.#records.byFingerprint(fingerprint), await this.#deps.store.aliases.list());
  }

  resolve(source: Pick<InstanceSource, "alias" | "fingerprint">, type: InstanceType | undefined): Promise<ImageRecord> {
    return this.#records.resolve(source, type);
  }

  async use<T>(fingerprint: string, work: (files: ImageFiles) => Promise<T>): Promise<T> {
    const record = await this.#lock.run(fingerprint, async () => {
      const found = await this.#records.byFingerprint(fingerprint);
      this.#users.set(fingerprint, (this.#users.get(fingerprint) ?? 0) + 1);
      return found;
    });
    try {
      const { rootfs } = this.#deps.files.locate(fingerprint, record.split);
      const result = await work({ fingerprint, type: record.type, rootfs });
      await this.#touch(fingerprint);
      return result;
    } finally {
      this.#users.set(fingerprint, (this.#users.get(fingerprint) ?? 1) - 1);
    }
  }

  stage(): Promise<Staging> {
    return this.#deps.files.stage();
  }

  async import(request: ImageImport): Promise<RunningOperation> {
    const { staging } = request;
    try {
      for (const alias of request.aliases) await this.#aliases.refuseFull(alias);
    } catch (error) {
      await staging.dispose();
      throw error;
    }
    return this.#deps.operations.begin(
      { description: "Importing image", resources: {}, project: "default" },
      async (context) => {
        try {
          const report = (step: string, percent = 0) =>
            context.report({ import_progress: `${step}: ${Math.round(percent)}%` });
          const upload = { ...request, directory: staging.directory };
          const staged = await this.#deps.format.accept(upload, report, context.signal);
          const aliases = request.aliases.map((name) => ({ name, description: "" }));
          await this.keep(staged, request, aliases, context);
          return { fingerprint: staged.fingerprint, size: String(staged.size) };
        } finally {
          await staging.dispose();
        }
      },
    );
  }

  async refuseAliases(names: readonly string[], type: InstanceType): Promise<void> {
    for (const name of names) await this.#aliases.refuseTaken(name, type);
  }

  async keep(
    staged: StagedImage,
    origin: ImageOrigin,
    aliases: readonly NewAlias[],
    context: OperationContext,
  ): Promise<void> {
    await this.#keep(staged, origin, context);
    for (const alias of aliases) await this.addAlias({ ...alias, target: staged.fingerprint, type: staged.type });
  }

  async build(request: ImageBuild): Promise<RunningOperation> {
    const { alias, yaml } = await this.#definition(request);
    const types = request.types ?? ["container", "virtual-machine"];
    return this.#deps.operations.begin(
      { description: alias ? `Building image ${alias}` : "Building image", resources: {}, project: "default" },
      async (context) => {
        const staging = await this.stage();
        const report = (step: string, percent?: number) =>
          context.report({ build_progress: percent === undefined ? step : `${step}: ${Math.round(percent)}%` });
        try {
          const built = await this.#deps.builder.build(
            { yaml, types, directory: staging.directory },
            report,
            context.signal,
          );
          const fingerprints: Record<string, string> = {};
          for (const staged of built) {
            await this.#keep(
              staged,
              { filename: `${alias ?? "image"}.${staged.type}`, public: false, properties: {} },
              context,
            );
            fingerprints[staged.type] = staged.fingerprint;
            if (alias) await this.#aliases.point(aliasOf(alias, staged));
          }
          return { fingerprints };
        } finally {
          await staging.dispose();
        }
      },
    );
  }

  async definitions(): Promise<string[]> {
    return [...(await this.#deps.builder.definitions()).keys()];
  }

  async delete(fingerprint: string): Promise<RunningOperation> {
    const record = await this.#records.byFingerprint(fingerprint);
    await this.#refuseInUse(record.fingerprint);
    return this.#deps.operations.begin(
      {
        description: "Deleting image",
        resources: { images: [imageUrl(record.fingerprint)] },
        project: "default",
        cancellable: false,
      },
      () =>
        this.#lock.run(record.fingerprint, async () => {
          await this.#refuseInUse(record.fingerprint);
          await this.#deps.release?.(record.fingerprint);
          await this.#remove(record.fingerprint);
          this.#deps.events.lifecycle("image-deleted", imageUrl(record.fingerprint));
          return undefined;
        }),
    );
  }

  async update(fingerprint: string, { expiresAt, ...change }: ImageChange): Promise<void> {
    const { store, events } = this.#deps;
    const { expiresAt: _before, ...record } = await this.#records.byFingerprint(fingerprint);
    await store.images.put({ ...record, ...change, ...(expiresAt && { expiresAt }) });
    events.lifecycle("image-updated", imageUrl(record.fingerprint));
  }

  async files(fingerprint: string) {
    const record = await this.#records.byFingerprint(fingerprint);
    const { type, filename } = record;
    return { ...this.#deps.files.locate(record.fingerprint, record.split), type, filename };
  }

  aliases(): Promise<Alias[]> {
    return this.#aliases.list();
  }

  alias(name: string, type?: InstanceType): Promise<Alias> {
    return this.#aliases.get(name, type);
  }

  addAlias(request: AliasCreate): Promise<void> {
    return this.#aliases.add(request);
  }

  updateAlias(name: string, type: InstanceType | undefined, change: (alias: Alias) => AliasPut): Promise<void> {
    return this.#aliases.update(name, type, change);
  }

  renameAlias(name: string, type: InstanceType | undefined, newName: string): Promise<void> {
    return this.#aliases.rename(name, type, newName);
  }

  removeAlias(name: string, type?: InstanceType): Promise<void> {
    return this.#aliases.remove(name, type);
  }

  /** At daemon start: files of half-made images go. */
  async recover(): Promise<void> {
    await this.#deps.files.reconcile((await this.#deps.store.images.list()).map((image) => image.fingerprint));
  }

  async #definition(request: ImageBuild): Promise<{ alias?: string; yaml: string }> {
    if (request.yaml !== undefined) return { yaml: request.yaml };
    const definitions = await this.#deps.builder.definitions();
    const yaml = definitions.get(request.definition ?? "");
    if (yaml === undefined) {
      throw new LodgeError({
        code: "image_not_found",
        message: `There is no image definition "${request.definition ?? ""}"; known are ${[...definitions.keys()].join(", ")}.`,
      });
    }
    return { alias: request.definition ?? "", yaml };
  }

  /** Files first, the record second: an interruption between them leaves files that recovery removes. */
  async #keep(staged: StagedImage, origin: ImageOrigin, context: OperationContext): Promise<void> {
    const { store, files, now, events } = this.#deps;
    await this.#lock.run(staged.fingerprint, async () => {
      if (await store.images.get(staged.fingerprint)) {
        throw new LodgeError({
          code: "image_exists",
          message: `Image ${staged.fingerprint.slice(0, 12)} is already there.`,
        });
      }
      context.undo("image", () => this.#lock.run(staged.fingerprint, () => this.#remove(staged.fingerprint)));
      await files.keep(staged);
      await store.images.put(imageRecord(staged, origin, now()));
    });
    events.lifecycle("image-created", imageUrl(staged.fingerprint));
  }

  async #remove(fingerprint: string): Promise<void> {
    await this.#deps.store.images.remove(fingerprint);
    for (const pool of this.#deps.pools.values()) await pool.removeImage(fingerprint);
    await this.#deps.files.remove(fingerprint);
  }

  async #refuseInUse(fingerprint: string): Promise<void> {
    const users = (await this.#deps.store.instances.list())
      .filter((i) => i.fingerprint === fingerprint)
      .map((i) => i.name);
    const backups = (await this.#deps.store.backups.list()).filter((backup) => backup.fingerprint === fingerprint);
    users.push(...backups.map(({ name }) => `backup ${name}`));
    if (users.length > 0 || (this.#users.get(fingerprint) ?? 0) > 0) {
      throw new LodgeError({
        code: "image_in_use",
        message: `Image ${fingerprint.slice(0, 12)} is used by ${users.join(", ") || "an operation"}; delete these instances first.`,
      });
    }
  }

  async #touch(fingerprint: string): Promise<void> {
    const record = await this.#deps.store.images.get(fingerprint);
    if (record) await this.#deps.store.images.put({ ...record, lastUsedAt: this.#deps.now() });
  }
}

/** A rebuilt definition takes its alias over from the older image. */
function aliasOf(name: string, { type, fingerprint, metadata }: StagedImage): AliasRecord {
  return { name, type, fingerprint, description: metadata.properties["description"] ?? "" };
}
