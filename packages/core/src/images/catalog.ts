import type { InstanceSource, InstanceType } from "@lodge/api";
import type { OperationContext } from "../operations/operation.ts";
import type { Staging } from "../services.ts";
import type { ImageFiles } from "../storage/pool.ts";
import type { ImageRecord } from "../store.ts";
import type { ImageOrigin } from "./records.ts";
import type { StagedImage } from "./source.ts";

/** The images of all projects, as the rules about instances see them. */
export interface ImageCatalogs {
  /** Those that a project uses: its own, or the default one's. `project_not_found` */
  of(project: string): Promise<ImageCatalog>;
  /** Works with an image's files while nobody can delete them, whoever has the image. */
  use<T>(fingerprint: string, work: (files: ImageFiles) => Promise<T>): Promise<T>;
}

/** Images of one project. */
export interface ImageCatalog {
  /** By alias, fingerprint or an unambiguous prefix. `image_not_found`, `image_type_mismatch`. */
  resolve(source: Pick<InstanceSource, "alias" | "fingerprint">, type: InstanceType | undefined): Promise<ImageRecord>;
  /** An image that another project has becomes this one's as well; undefined where none has it. */
  adopt(fingerprint: string, origin: ImageOrigin): Promise<ImageRecord | undefined>;
  /** Where a new image's files may be made. */
  stage(): Promise<Staging>;
  /** Before an image is made: `alias_exists` where one of the names cannot be given to it. */
  refuseAliases(names: readonly string[], type: InstanceType): Promise<void>;
  /** Keeps a staged image under these names; undone with the operation. `image_exists`, `alias_exists`. */
  keep(
    staged: StagedImage,
    origin: ImageOrigin,
    aliases: readonly NewAlias[],
    context: OperationContext,
  ): Promise<void>;
}

export interface NewAlias {
  readonly name: string;
  readonly description: string;
}
