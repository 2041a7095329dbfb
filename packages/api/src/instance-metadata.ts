import { z } from "zod";

/** A file's name in an instance's templates. */
export const templateNameSchema = z
  .string()
  .regex(/^(?!\.\.?$)[^/\p{Cc}]{1,200}$/u, "must be a name without slashes, 1 to 200 characters long");

/** A file in the instance that is written when it starts. */
export const metadataTemplateSchema = z.object({
  /** `create`, `copy`, `rename`: at the first start after that; `start`: at every one. */
  when: z
    .array(z.enum(["create", "copy", "rename", "start"]))
    .nullish()
    .transform((when) => when ?? []),
  /** Only where there is no such file. */
  create_only: z
    .boolean()
    .nullish()
    .transform((only) => only ?? false),
  /** Name of the template. */
  template: templateNameSchema,
  /** For the template: `properties.NAME`. */
  properties: z
    .record(z.string().max(256), z.string().max(65_536))
    .nullish()
    .transform((properties) => properties ?? {}),
});
export type MetadataTemplate = z.infer<typeof metadataTemplateSchema>;

/** By the paths of the files. */
export const metadataTemplatesSchema = z
  .record(z.string().regex(/^\/[^\p{Cc}]{1,4000}$/u, "must be an absolute path"), metadataTemplateSchema)
  .refine((templates) => Object.keys(templates).length <= 64, "must be at most 64");

/** `PUT …/NAME/metadata` replaces all of it; `PATCH` what is given, and joins properties and templates. */
export const instanceMetadataPutSchema = z.object({
  architecture: z.string().max(64).nullish(),
  creation_date: z.int().min(0).nullish(),
  expiry_date: z.int().min(0).nullish(),
  properties: z.record(z.string().max(256), z.string().max(65_536)).nullish(),
  templates: metadataTemplatesSchema.nullish(),
});
export type InstanceMetadataPut = z.infer<typeof instanceMetadataPutSchema>;

/** What an instance has of its image's `metadata.yaml`. Dates: seconds since 1970, 0 for none. */
export interface InstanceMetadata {
  readonly architecture: string;
  readonly creation_date: number;
  readonly expiry_date: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, MetadataTemplate>>;
}

/** Metadata and templates by name, as Lodge's backups have them. */
export const metadataContentSchema = z.object({
  metadata: z.object({
    architecture: z.string().max(64),
    creation_date: z.int(),
    expiry_date: z.int(),
    properties: z.record(z.string().max(256), z.string().max(65_536)),
    templates: metadataTemplatesSchema,
  }),
  files: z
    .record(templateNameSchema, z.string().max(65_536))
    .refine((files) => Object.keys(files).length <= 64, "must be at most 64"),
});
