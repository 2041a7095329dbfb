import type { InstanceMetadata } from "@lodge/api";
import { rowsOfImage } from "../../images/of-project.ts";
import type { ImageTemplates } from "../../images/source.ts";
import type { ImageRecord, InstanceMetadataRecord, InstanceRecord, Store } from "../../store.ts";

/** An instance's metadata and its templates by name. */
export interface MetadataContent {
  readonly metadata: InstanceMetadata;
  readonly files: Readonly<Record<string, string>>;
}

/** Its own where they were changed, else those of the image that it was made of. */
export async function contentOf(
  store: Pick<Store, "instanceMetadata" | "images">,
  record: InstanceRecord,
): Promise<MetadataContent> {
  const own = await store.instanceMetadata.get(record.id);
  if (own) return own;
  const rows = record.fingerprint === undefined ? [] : await rowsOfImage(store, record.fingerprint);
  // Of an image that only other projects have, what lies in its files is the same.
  return inheritedContent(record, rows.find(({ project }) => project === record.project) ?? rows[0]);
}

export function inheritedContent(record: InstanceRecord, image: ImageRecord | undefined): MetadataContent {
  const seconds = (date: Date | undefined) => Math.floor((date?.getTime() ?? 0) / 1000);
  return {
    metadata: {
      architecture: record.architecture,
      creation_date: seconds(image?.createdAt ?? record.createdAt),
      expiry_date: seconds(image?.expiresAt),
      properties: image?.properties ?? {},
      templates: image?.templates?.entries ?? {},
    },
    files: image?.templates?.files ?? {},
  };
}

/** What an image that is made of it has of this. */
export function templatesOf({ metadata, files }: MetadataContent): ImageTemplates | undefined {
  const some = Object.keys(metadata.templates).length > 0 || Object.keys(files).length > 0;
  return some ? { entries: metadata.templates, files } : undefined;
}

/** Whether files of it are made of templates when it starts. */
export async function hasTemplates(
  store: Pick<Store, "instanceMetadata" | "images">,
  record: InstanceRecord,
): Promise<boolean> {
  return Object.keys((await contentOf(store, record)).metadata.templates).length > 0;
}

/** What goes along where its image may not be: of what has templates, or metadata of its own. */
export async function keptContent(
  store: Pick<Store, "instanceMetadata" | "images">,
  record: InstanceRecord,
): Promise<MetadataContent | undefined> {
  const content = await contentOf(store, record);
  return templatesOf(content) || (await store.instanceMetadata.get(record.id)) ? content : undefined;
}

/** A copy has them, too. */
export async function copyContent(
  { instanceMetadata }: Pick<Store, "instanceMetadata">,
  from: InstanceRecord,
  to: InstanceRecord,
): Promise<void> {
  const own: InstanceMetadataRecord | undefined = await instanceMetadata.get(from.id);
  if (own) await instanceMetadata.put({ ...own, instance: to.id });
}
