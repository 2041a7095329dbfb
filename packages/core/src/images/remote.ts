import {
  asLodgeError,
  type ImagePull,
  type ImageUrlPull,
  type InstanceSource,
  type InstanceType,
  LodgeError,
} from "@lodge/api";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import type { ConfigService } from "../services.ts";
import type { ImageRecord, ImageSourceRecord } from "../store.ts";
import type { ImageAliases } from "./aliases.ts";
import type { ImageCatalog, NewAlias } from "./catalog.ts";
import { Downloads, type DownloadsDependencies } from "./downloads.ts";
import type { ImageTables } from "./of-project.ts";
import { expiryOf } from "./records.ts";
import type { ImageServer, ImageServers, OfferedImage, ServerAddress, ServerProtocol, WantedImage } from "./server.ts";

export interface RemoteImagesDependencies extends DownloadsDependencies {
  readonly store: ImageTables;
  readonly images: Pick<ImageCatalog, "stage" | "keep" | "adopt" | "resolve">;
  /** Deletes an image that nothing uses. */
  readonly remove: (fingerprint: string) => Promise<RunningOperation>;
  readonly aliases: Pick<ImageAliases, "refuseTaken" | "point">;
  readonly config: Pick<ConfigService, "get">;
  /** The kernel's name of this host's. */
  readonly architecture: string;
  readonly now: () => Date;
  readonly failures: RefreshFailures;
}

/** What went wrong with the last refresh of an image, by its fingerprint. */
export type RefreshFailures = Map<string, { readonly at: Date; readonly message: string }>;

type Source = Pick<
  InstanceSource,
  "alias" | "fingerprint" | "server" | "protocol" | "certificate" | "secret" | "project"
>;

/** Images of servers beyond this host, for one project. */
export class RemoteImages {
  readonly #deps: RemoteImagesDependencies;
  readonly #downloads: Downloads;

  constructor(deps: RemoteImagesDependencies) {
    this.#deps = deps;
    this.#downloads = new Downloads(deps);
  }

  list(source: Source, signal: AbortSignal): Promise<readonly OfferedImage[]> {
    const { driver, at } = this.#serverOf(source);
    return driver.list(at, signal);
  }

  /** For an instance: from its server, or what was brought from there before where that does not answer. */
  async obtain(source: Source, type: InstanceType | undefined, context: Context): Promise<ImageRecord> {
    const { driver, at, protocol } = this.#serverOf(source);
    const wanted = this.#wanted(source, type);
    let offered: OfferedImage;
    try {
      offered = await driver.find(at, wanted, context.signal);
    } catch (error) {
      const before = await this.#broughtBefore(at.server, wanted);
      if (before && error instanceof LodgeError && error.code === "image_server_unreachable") return before;
      throw error;
    }
    const autoUpdate = (await this.#deps.config.get())["images.auto_update_cached"] !== "false";
    const noted = sourceOf(at, protocol, aliasOf(source));
    return this.#downloads.obtain({ at, offered, source: noted, autoUpdate }, context);
  }

  /** `POST /1.0/images`. Operation metadata: `download_progress`, at the end `fingerprint`, `size`. */
  async pull(request: ImagePull): Promise<RunningOperation> {
    const { source } = request;
    const { driver, at, protocol } = this.#serverOf(source);
    return this.#deps.operations.begin(
      { description: "Downloading image", resources: {}, project: this.#deps.project },
      async (context) => {
        const offered = await driver.find(at, this.#wanted(source, source.image_type || undefined), context.signal);
        const copied = request.copy_aliases ? offered.aliases : [];
        const aliases = [...(request.aliases ?? []), ...copied.map((name) => ({ name, description: "" }))];
        await this.#refuseTaken(aliases, offered);
        const autoUpdate = request.auto_update ?? false;
        const noted = sourceOf(at, protocol, aliasOf(source));
        const record = await this.#downloads.obtain({ at, offered, source: noted, autoUpdate }, context);
        await this.#adopt(record, request, noted, aliases);
        return { fingerprint: record.fingerprint, size: String(record.size) };
      },
    );
  }

  /** `POST /1.0/images` of a URL; as `pull`. */
  async pullByUrl(request: ImageUrlPull): Promise<RunningOperation> {
    const { urls, architecture, operations, project } = this.#deps;
    const at = { server: request.source.url };
    return operations.begin({ description: "Downloading image", resources: {}, project }, async (context) => {
      const offered = await urls.find(at.server, architecture, context.signal);
      const source: ImageSourceRecord = { server: at.server, protocol: "direct", alias: "" };
      const record = await this.#downloads.obtain({ at, offered, source, autoUpdate: false }, context);
      const aliases = request.aliases ?? [];
      await this.#refuseTaken(aliases, record);
      await this.#adopt(record, request, source, aliases);
      return { fingerprint: record.fingerprint, size: String(record.size) };
    });
  }

  /** A newer image under the same alias of its server takes an image's place: its aliases, and it itself where nothing uses it. */
  async refresh(prefix: string): Promise<RunningOperation> {
    const { images, operations } = this.#deps;
    const { fingerprint, type, source } = await images.resolve({ fingerprint: prefix }, undefined);
    if (!source?.alias) {
      throw new LodgeError({
        code: "not_supported",
        message: `Image ${fingerprint.slice(0, 12)} did not come from another server by an alias: there is nothing that could be newer.`,
      });
    }
    const { driver, at } = this.#serverOf(source);
    return operations.begin(
      {
        description: "Refreshing image",
        resources: { images: [`/1.0/images/${fingerprint}`] },
        project: this.#deps.project,
      },
      async (context) => {
        try {
          const offered = await driver.find(at, this.#wanted({ alias: source.alias }, type), context.signal);
          this.#deps.failures.delete(fingerprint);
          if (offered.fingerprint === fingerprint) return { refreshed: false };
          const newer = await this.#downloads.obtain({ at, offered, source, autoUpdate: true }, context);
          await this.#replace(fingerprint, newer);
          return { refreshed: true, fingerprint: newer.fingerprint };
        } catch (error) {
          if (!context.signal.aborted)
            this.#deps.failures.set(fingerprint, { at: this.#deps.now(), message: asLodgeError(error).message });
          throw error;
        }
      },
    );
  }

  async #replace(fingerprint: string, newer: ImageRecord): Promise<void> {
    const { store, aliases, remove } = this.#deps;
    const older = await store.images.get(fingerprint);
    if (!older) return;
    const { cached, autoUpdate, public: shared, lastUsedAt } = older;
    await store.images.put({ ...newer, cached, autoUpdate, public: shared, ...(lastUsedAt && { lastUsedAt }) });
    for (const alias of await store.aliases.list())
      if (alias.fingerprint === fingerprint) await aliases.point({ ...alias, fingerprint: newer.fingerprint });
    // What instances still stand on stays until they are gone.
    await store.images.put({ ...older, cached: true, autoUpdate: false });
    await remove(fingerprint).then(
      ({ done }) => done,
      () => undefined,
    );
  }

  /** From now on the user's own: it does not go by itself any more. */
  async #adopt(
    record: ImageRecord,
    request: Omit<ImagePull, "source">,
    source: ImageSourceRecord,
    aliases: readonly NewAlias[],
  ): Promise<void> {
    const { store, aliases: names } = this.#deps;
    const { fingerprint, type } = record;
    await store.images.put({
      ...record,
      cached: false,
      autoUpdate: request.auto_update ?? false,
      public: request.public ?? record.public,
      properties: { ...record.properties, ...request.properties },
      source: record.cached || source.alias ? source : (record.source ?? source),
      ...(request.profiles && { profiles: request.profiles }),
      ...expiryOf(request.expires_at),
    });
    for (const { name, description } of aliases) await names.point({ name, type, fingerprint, description });
  }

  /** An alias that is that image's already is no hindrance. */
  async #refuseTaken(
    aliases: readonly NewAlias[],
    { type, fingerprint }: Pick<OfferedImage, "type" | "fingerprint">,
  ): Promise<void> {
    for (const { name } of aliases) await this.#deps.aliases.refuseTaken(name, type, fingerprint);
  }

  async #broughtBefore(server: string, { alias, fingerprint, type }: WantedImage): Promise<ImageRecord | undefined> {
    const found = (await this.#deps.store.images.list()).filter(
      (image) =>
        image.source?.server === server &&
        (type === undefined || image.type === type) &&
        (alias ? image.source.alias === alias : !!fingerprint && image.fingerprint.startsWith(fingerprint)),
    );
    return found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
  }

  #wanted(source: Source, type: InstanceType | undefined): WantedImage {
    const alias = aliasOf(source);
    return {
      ...(alias ? { alias } : { fingerprint: source.fingerprint ?? "" }),
      ...(type && { type }),
      architecture: this.#deps.architecture,
    };
  }

  #serverOf({ server = "", protocol = "lxd", certificate, secret, project }: Source) {
    const name = protocol === "" || protocol === "incus" ? "lxd" : protocol;
    const driver = isProtocol(this.#deps.servers, name) ? this.#deps.servers[name] : undefined;
    if (!driver || !isProtocol(this.#deps.servers, name)) {
      throw new LodgeError({
        code: "request_invalid",
        message: `Image servers of protocol "${protocol}" are not known; use simplestreams or lxd.`,
      });
    }
    const at: ServerAddress = {
      server,
      ...(certificate && { certificate }),
      ...(secret && { secret }),
      ...(project && { project }),
    };
    return { driver: driver satisfies ImageServer, at, protocol: name };
  }
}

type Context = Pick<OperationContext, "report" | "signal">;

/** LXD's client copies by an alias and calls that a fingerprint. */
const aliasOf = ({ alias, fingerprint = "" }: Source): string =>
  alias || (/^[0-9a-f]{12,64}$/.test(fingerprint) ? "" : fingerprint);

const isProtocol = (servers: ImageServers, name: string): name is ServerProtocol => Object.hasOwn(servers, name);

function sourceOf(
  { server, certificate, project }: ServerAddress,
  protocol: ServerProtocol,
  alias: string,
): ImageSourceRecord {
  return { server, protocol, alias, ...(certificate && { certificate }), ...(project && { project }) };
}
