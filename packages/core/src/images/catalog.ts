import type { InstanceSource, InstanceType } from "@lodge/api";
import type { ImageFiles } from "../storage/pool.ts";
import type { ImageRecord } from "../store.ts";

/** Images, as the rules about instances see them. */
export interface ImageCatalog {
  /** By alias, fingerprint or an unambiguous prefix. `image_not_found`, `image_type_mismatch`. */
  resolve(source: Pick<InstanceSource, "alias" | "fingerprint">, type: InstanceType | undefined): Promise<ImageRecord>;
  /** Works with an image's files while nobody can delete them. */
  use<T>(fingerprint: string, work: (files: ImageFiles) => Promise<T>): Promise<T>;
}
