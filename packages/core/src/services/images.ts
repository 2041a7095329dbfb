/** What may be asked of images, of this host and of servers beyond it. */

import type {
  Alias,
  AliasCreate,
  AliasPut,
  Image,
  ImageBuild,
  ImageFormatName,
  ImageProjectCopy,
  ImagePull,
  ImagePush,
  ImageUrlPull,
  InstanceSource,
  InstanceType,
} from "@lodge/api";
import type { NewAlias } from "../images/catalog.ts";
import type { OfferedImage } from "../images/server.ts";
import type { RunningOperation } from "../operations/operation.ts";

/** Where an upload is received: a directory of its own, removed with everything in it unless an import takes its files. */
export interface Staging {
  readonly directory: string;
  dispose(): Promise<void>;
}

export interface ImageImport {
  readonly staging: Staging;
  /** Paths inside the staging directory. */
  readonly metadata?: string;
  readonly rootfs: string;
  /** What `rootfs` is; `auto`: its content tells. */
  readonly format: ImageFormatName;
  /** How old it is; for the metadata that are made where there are none. */
  readonly created?: Date;
  readonly filename: string;
  readonly public: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly aliases: readonly NewAlias[];
  /** Missing: the default one. */
  readonly profiles?: readonly string[];
  readonly expiresAt?: Date;
  /** What the operation says from the beginning. */
  readonly operationMetadata?: Readonly<Record<string, unknown>>;
}

/** Sends images to servers that expect them. */
export interface ImageSendingService {
  /** Operation metadata: `upload_progress`, at the end `fingerprint`. `image_not_found`, `request_invalid` for the address. */
  send(project: string, fingerprint: string, request: ImagePush): Promise<RunningOperation>;
}

/** Images of servers beyond this host. */
export interface RemoteImageService {
  list(
    source: Pick<InstanceSource, "server" | "protocol" | "certificate">,
    signal: AbortSignal,
  ): Promise<readonly OfferedImage[]>;
  /** Operation metadata: `download_progress`, at the end `fingerprint`, `size`. */
  pull(request: ImagePull): Promise<RunningOperation>;
  /** The same of an image that has a URL of its own. */
  pullByUrl(request: ImageUrlPull): Promise<RunningOperation>;
  /** A newer one of an image's source takes its place. Operation metadata: `refreshed`. */
  refresh(fingerprint: string): Promise<RunningOperation>;
}

/** All that is said of an image and is not in it. */
export interface ImageChange {
  readonly public: boolean;
  readonly autoUpdate: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly profiles: readonly string[];
  readonly expiresAt: Date | undefined;
}

export interface ImageService {
  /** Takes an image that another project uses. Operation metadata: at the end `fingerprint`, `size`. `image_exists`, `alias_exists`. */
  copy(request: ImageProjectCopy): Promise<RunningOperation>;
  list(): Promise<Image[]>;
  /** By fingerprint or an unambiguous prefix of it. */
  get(fingerprint: string): Promise<Image>;
  stage(): Promise<Staging>;
  /** Takes over the staging, also when it fails. Operation metadata: `import_progress`, at the end `fingerprint`, `size`. */
  import(request: ImageImport): Promise<RunningOperation>;
  /** Operation metadata: `build_progress` ("12% installing packages"), at the end `fingerprints` by type. */
  build(request: ImageBuild): Promise<RunningOperation>;
  definitions(): Promise<string[]>;
  delete(fingerprint: string): Promise<RunningOperation>;
  update(fingerprint: string, change: ImageChange): Promise<void>;
  /** Absolute paths of the image's files; `metadata` is missing for unified images. */
  files(fingerprint: string): Promise<{
    readonly metadata?: string;
    readonly rootfs: string;
    readonly type: InstanceType;
    readonly filename: string;
  }>;
  aliases(): Promise<Alias[]>;
  alias(name: string, type?: InstanceType): Promise<Alias>;
  addAlias(request: AliasCreate): Promise<void>;
  /** Without a type: both. */
  updateAlias(name: string, type: InstanceType | undefined, change: (alias: Alias) => AliasPut): Promise<void>;
  renameAlias(name: string, type: InstanceType | undefined, newName: string): Promise<void>;
  /** Without a type: of two the container's. */
  removeAlias(name: string, type?: InstanceType): Promise<void>;
}
