/** Makes images of instances. */
import { type ImagePublish, LodgeError } from "@lodge/api";
import type { ImageCatalog } from "../images/catalog.ts";
import { expiryOf } from "../images/records.ts";
import type { ImageMetadata, PackRequest } from "../images/source.ts";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import { requirePresent } from "../snapshots/creation.ts";
import { parseSource } from "../snapshots/names.ts";
import { requireWhole } from "../snapshots/pending.ts";
import { findSnapshot } from "../snapshots/records.ts";
import type { PreparedRoot } from "../storage/pool.ts";
import type { InstanceRecord, SnapshotRecord } from "../store.ts";
import { type InstanceDependencies, instanceUrl, poolOf } from "./dependencies.ts";
import { readRootDisk } from "./devices/disks.ts";
import type { IdRange } from "./driver.ts";
import { identityOf, shortId } from "./identity.ts";
import { Lock } from "./lock.ts";
import { contentOf, templatesOf } from "./metadata/content.ts";
import { InstanceRecords } from "./records.ts";
import { rootRequest } from "./root-request.ts";
import type { Runs } from "./runs.ts";

interface Source {
  readonly instance: InstanceRecord;
  readonly snapshot?: SnapshotRecord;
}

/** A container's root as the guest sees it: owners are not moved. */
export const guestIds: IdRange = { base: 0, size: 65_536, owner: 0 };
/** The host's nobody, who takes part in no instance. */
export const nobodyIds: IdRange = { base: 65_534, size: 65_536, owner: 65_534 };

export class Publishing {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #records: InstanceRecords;
  /** Copies of snapshots are nobody's, and layers that they share are lent to him once. */
  readonly #copies = new Lock();

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#records = new InstanceRecords(deps.store);
  }

  async publish(project: string, request: ImagePublish): Promise<RunningOperation> {
    const source = await this.#find(project, request);
    const { name, type } = source.instance;
    const aliases = request.aliases ?? [];
    const { operations } = this.#deps;
    const images = await this.#deps.catalog.of(project);
    await images.refuseAliases(
      aliases.map((alias) => alias.name),
      type,
    );
    if (!source.snapshot) this.#requireStopped(source.instance);
    const compression = compressionOf(source.instance, request);
    const metadata = await this.#metadata(source, request);
    const origin = {
      ...{ filename: request.filename ?? "", public: request.public ?? false, properties: {} },
      ...(request.profiles && { profiles: request.profiles }),
      ...expiryOf(request.expires_at),
    };
    return operations.begin(
      { description: "Publishing instance", resources: { instances: [instanceUrl(name)] }, project },
      async (context) => {
        await using staging = await this.#stage(images);
        const staged = await this.#withRoot(source, (root, uid) =>
          this.#pack({ root, uid, metadata, directory: staging.directory, ...compression }, context),
        );
        await images.keep(staged, origin, aliases, context);
        return { fingerprint: staged.fingerprint, size: String(staged.size) };
      },
    );
  }

  #pack(request: PackRequest, context: OperationContext) {
    const report = (percent: number) =>
      context.report({ create_image_from_container_pack_progress: `Pack: ${Math.round(percent)}%` });
    return this.#deps.packer.pack(request, report, context.signal);
  }

  async #stage(images: Pick<ImageCatalog, "stage">) {
    const { directory, dispose } = await images.stage();
    return { directory, [Symbol.asyncDispose]: dispose };
  }

  async #find(project: string, { source }: ImagePublish): Promise<Source> {
    const named = parseSource(source.name);
    const instance = await this.#records.get(project, named.instance);
    if ((source.type === "snapshot") !== (named.snapshot !== undefined)) {
      throw new LodgeError({
        code: "request_invalid",
        message: `The source is "${source.name}" of the type ${source.type}; INSTANCE/SNAPSHOT names a snapshot, INSTANCE an instance.`,
      });
    }
    if (named.snapshot === undefined) return { instance };
    return { instance, snapshot: await findSnapshot(this.#deps.store, instance, named.snapshot) };
  }

  #requireStopped({ id, name }: InstanceRecord): void {
    if (!this.#runs.isRunning(id)) return;
    throw new LodgeError({
      code: "instance_wrong_state",
      message: `Instance "${name}" is running; stop it first, use "lodge publish --force ${name}", or publish a snapshot of it.`,
    });
  }

  /** What the image said that the instance was made of, and what the user says. */
  async #metadata({ instance, snapshot }: Source, { properties }: ImagePublish): Promise<ImageMetadata> {
    const { config, architecture } = snapshot ?? instance;
    const templates = templatesOf(await contentOf(this.#deps.store, instance));
    const prefix = "image.";
    const inherited = Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value] as const);
    return {
      architecture,
      creationDate: Math.floor(this.#deps.now().getTime() / 1000),
      properties: { ...Object.fromEntries(inherited), ...properties },
      ...(templates && { templates }),
    };
  }

  #withRoot<T>(source: Source, work: (root: PreparedRoot, uid: number) => Promise<T>): Promise<T> {
    const { instance, snapshot } = source;
    if (snapshot) return this.#copies.run(() => this.#withCopy(instance, snapshot, work));
    return this.#deps.lock.run(instance.id, () => this.#withOwnRoot(instance, work));
  }

  async #withOwnRoot<T>(found: InstanceRecord, work: (root: PreparedRoot, uid: number) => Promise<T>): Promise<T> {
    this.#requireStopped(found);
    const instance = await requirePresent(this.#deps, found);
    requireWhole(instance);
    const { config, devices } = await this.#records.expand(instance);
    const { size } = readRootDisk(`instance ${instance.name}`, devices);
    const { ids } = identityOf(instance, config, this.#deps);
    const pool = poolOf(this.#deps, instance.pool);
    try {
      const range = instance.type === "container" ? guestIds : ids;
      return await work(await pool.prepareRoot(rootRequest(instance, size), range), ids.base);
    } finally {
      await pool.settleRoot(instance.id);
    }
  }

  /** A snapshot is seen through a root of its own, which the next daemon removes if this one dies. */
  async #withCopy<T>(
    instance: InstanceRecord,
    { id: snapshot }: SnapshotRecord,
    work: (root: PreparedRoot, uid: number) => Promise<T>,
  ): Promise<T> {
    const pool = poolOf(this.#deps, instance.pool);
    const request = { ...rootRequest(instance, undefined), id: shortId(this.#deps.newUuid()) };
    const range = instance.type === "container" ? guestIds : nobodyIds;
    try {
      await this.#deps.lock.run(instance.id, () => pool.copyRoot({ from: instance.id, snapshot }, request));
      return await work(await pool.prepareRoot(request, range), range.base);
    } finally {
      await pool.removeRoot(request.id);
    }
  }
}

function compressionOf(
  { name, type }: InstanceRecord,
  { compression_algorithm: compression }: ImagePublish,
): Pick<PackRequest, "compression"> {
  if (!compression || compression === "squashfs") return {};
  if (type === "container" || compression === "zstd" || compression === "gzip" || compression === "none")
    return { compression };
  throw new LodgeError({
    code: "not_supported",
    message: `"${name}" is a virtual machine: its disk can be compressed by zstd or gzip, or not at all (none).`,
  });
}
