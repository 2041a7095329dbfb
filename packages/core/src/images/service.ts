import {
  type Alias,
  type AliasCreate,
  type AliasPut,
  type Image,
  type ImageBuild,
  type ImageProjectCopy,
  type InstanceSource,
  type InstanceType,
  LodgeError,
} from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import { homeOf } from "../projects/records.ts";
import type { ImageChange, ImageImport, ImageService, Staging } from "../services.ts";
import type { PoolLookup } from "../storage/open-pools.ts";
import type { AliasRecord, ImageRecord, Store } from "../store.ts";
import { ImageAliases } from "./aliases.ts";
import type { ImageCatalog, NewAlias } from "./catalog.ts";
import type { ImageStore } from "./image-store.ts";
import { imagesOfProject, type ProjectImages, rowsOfImage } from "./of-project.ts";
import { adoptedRecord, type ImageOrigin, ImageRecords, imageRecord, renderImage } from "./records.ts";
import { gone, type SharedImageFiles } from "./shared-files.ts";
import type { ImageBuilder, ImageFormat, StagedImage } from "./source.ts";
import { refuseInUse } from "./users.ts";

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

/** One project's images: kept as they were imported or built, unpacked by pools when first used. */
export class Images implements ImageService, ImageCatalog {
  readonly #deps: ImageDependencies;
  readonly #files: SharedImageFiles;
  readonly #project: string;
  readonly #tables: ProjectImages;
  readonly #records: ImageRecords;
  readonly #aliases: ImageAliases;

  constructor(deps: ImageDependencies, files: SharedImageFiles, project: string) {
    this.#deps = deps;
    this.#files = files;
    this.#project = project;
    this.#tables = imagesOfProject(deps.store, project);
    this.#records = new ImageRecords(this.#tables);
    this.#aliases = new ImageAliases(this.#tables, deps.events, project);
  }

  async list(): Promise<Image[]> {
    const aliases = await this.#tables.aliases.list();
    return (await this.#tables.images.list()).map((record) => renderImage(record, aliases));
  }

  async get(fingerprint: string): Promise<Image> {
    return renderImage(await this.#records.byFingerprint(fingerprint), await this.#tables.aliases.list());
  }

  resolve(source: Pick<InstanceSource, "alias" | "fingerprint">, type: InstanceType | undefined): Promise<ImageRecord> {
    return this.#records.resolve(source, type);
  }

  async adopt(fingerprint: string, origin: ImageOrigin): Promise<ImageRecord | undefined> {
    const { store, now } = this.#deps;
    const adopted = await this.#files.lock.run(fingerprint, async () => {
      const [known] = await rowsOfImage(store, fingerprint);
      if (!known) return undefined;
      const record = adoptedRecord(known, origin, now());
      await this.#tables.images.put(record);
      return record;
    });
    if (adopted) this.#announce("created", fingerprint);
    return adopted;
  }

  async copy(request: ImageProjectCopy): Promise<RunningOperation> {
    const { source, profiles, public: shared, aliases = [], copy_aliases } = request;
    const { store, operations } = this.#deps;
    const from = imagesOfProject(store, await homeOf(store, source.project, "features.images"));
    const image = await new ImageRecords(from).resolve(source, source.image_type || undefined);
    const { fingerprint, type, size, filename, properties } = image;
    if (await this.#tables.images.get(fingerprint)) throw alreadyThere(fingerprint);
    const its = copy_aliases ? (await from.aliases.list()).filter((alias) => alias.fingerprint === fingerprint) : [];
    const names: NewAlias[] = [...(aliases ?? []), ...its].map(({ name, description }) => ({ name, description }));
    await this.refuseAliases(
      names.map(({ name }) => name),
      type,
    );
    const origin = { filename, properties, public: shared ?? false, ...(profiles && { profiles }) };
    return operations.begin(
      { description: "Copying image", resources: { images: [imageUrl(fingerprint)] }, project: this.#project },
      async (context) => {
        context.undo("image", () => this.#files.lock.run(fingerprint, () => this.#remove(fingerprint)));
        if (!(await this.adopt(fingerprint, origin))) throw gone(fingerprint);
        for (const alias of names) await this.addAlias({ ...alias, target: fingerprint, type });
        return { fingerprint, size: String(size) };
      },
    );
  }

  stage(): Promise<Staging> {
    return this.#deps.files.stage();
  }

  async import(request: ImageImport): Promise<RunningOperation> {
    const { staging, operationMetadata: metadata } = request;
    try {
      for (const { name } of request.aliases) await this.#aliases.refuseFull(name);
    } catch (error) {
      await staging.dispose();
      throw error;
    }
    return this.#deps.operations.begin(
      { description: "Importing image", resources: {}, project: this.#project, ...(metadata && { metadata }) },
      async (context) => {
        try {
          const report = (step: string, percent = 0) =>
            context.report({ import_progress: `${step}: ${Math.round(percent)}%` });
          const upload = { ...request, directory: staging.directory };
          const staged = await this.#deps.format.accept(upload, report, context.signal);
          await this.keep(staged, request, request.aliases, context);
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
      { description: alias ? `Building image ${alias}` : "Building image", resources: {}, project: this.#project },
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
    await refuseInUse(this.#deps.store, this.#project, record.fingerprint, this.#files);
    return this.#deps.operations.begin(
      {
        description: "Deleting image",
        resources: { images: [imageUrl(record.fingerprint)] },
        project: this.#project,
        cancellable: false,
      },
      () =>
        this.#files.lock.run(record.fingerprint, async () => {
          await refuseInUse(this.#deps.store, this.#project, record.fingerprint, this.#files);
          await this.#remove(record.fingerprint);
          this.#announce("deleted", record.fingerprint);
          return undefined;
        }),
    );
  }

  async update(fingerprint: string, { expiresAt, ...change }: ImageChange): Promise<void> {
    const { expiresAt: _before, ...record } = await this.#records.byFingerprint(fingerprint);
    await this.#tables.images.put({ ...record, ...change, ...(expiresAt && { expiresAt }) });
    this.#announce("updated", record.fingerprint);
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
    const { store, files, now } = this.#deps;
    const { fingerprint } = staged;
    await this.#files.lock.run(fingerprint, async () => {
      const rows = await rowsOfImage(store, fingerprint);
      if (rows.some(({ project }) => project === this.#project)) {
        throw alreadyThere(fingerprint);
      }
      context.undo("image", () => this.#files.lock.run(fingerprint, () => this.#remove(fingerprint)));
      if (rows.length === 0) await files.keep(staged);
      await this.#tables.images.put(imageRecord(staged, origin, now()));
    });
    this.#announce("created", fingerprint);
  }

  /** The files go with the last project that has the image. */
  async #remove(fingerprint: string): Promise<void> {
    const { store, pools, files, release } = this.#deps;
    const others = (await rowsOfImage(store, fingerprint)).filter(({ project }) => project !== this.#project);
    if (others.length > 0) return this.#tables.images.remove(fingerprint);
    await release?.(fingerprint);
    await this.#tables.images.remove(fingerprint);
    for (const pool of pools.values()) await pool.removeImage(fingerprint);
    await files.remove(fingerprint);
  }

  #announce(what: string, fingerprint: string): void {
    this.#deps.events.lifecycle(`image-${what}`, imageUrl(fingerprint), {}, this.#project);
  }
}

const alreadyThere = (fingerprint: string): LodgeError =>
  new LodgeError({ code: "image_exists", message: `Image ${fingerprint.slice(0, 12)} is already there.` });

/** A rebuilt definition takes its alias over from the older image. */
function aliasOf(name: string, { type, fingerprint, metadata }: StagedImage): AliasRecord {
  return { name, type, fingerprint, description: metadata.properties["description"] ?? "" };
}
