/** An image's own metadata.yaml, in LXD's form. */
import { type MetadataTemplate, metadataTemplatesSchema, templateNameSchema } from "@lodge/api";
import { type ImageMetadata, kernelArchitecture } from "@lodge/core";
import { parse } from "yaml";
import { z } from "zod";
import { refuse } from "./refuse.ts";
import type { TarEntry } from "./tar-archive.ts";

/** YAML makes numbers of `release: 12`, LXD reads text. */
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((value) => String(value ?? ""));

const metadataSchema = z.object({
  architecture: z.string().regex(/^[a-z0-9_]{1,32}$/i, "must be the name of an architecture"),
  creation_date: z.int().min(0).max(253_402_300_799),
  expiry_date: z.int().min(0).max(253_402_300_799).nullish(),
  // What does not fit is left out: no image is refused for what only its first start would show.
  templates: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((templates) => templates ?? {}),
  properties: z
    .record(z.string().max(256), scalar.pipe(z.string().max(4096)))
    .nullish()
    .refine((properties) => Object.keys(properties ?? {}).length <= 256, "must be at most 256"),
});

export const longestMetadata = 1 << 20;

export function parseMetadata(text: string): ImageMetadata {
  const result = metadataSchema.safeParse(parseYaml(text));
  if (!result.success) {
    const issue = result.error.issues[0];
    throw refuse(`its metadata.yaml does not fit: ${issue?.path.join(".")}: ${issue?.message}`, result.error);
  }
  const { architecture, creation_date, expiry_date, properties, templates } = result.data;
  const entries = templateEntries(templates);
  return {
    architecture: kernelArchitecture(architecture),
    creationDate: creation_date,
    ...(expiry_date && { expiryDate: expiry_date }),
    properties: properties ?? {},
    ...(Object.keys(entries).length > 0 && { templates: { entries, files: {} } }),
  };
}

function templateEntries(templates: Readonly<Record<string, unknown>>): Record<string, MetadataTemplate> {
  const fitting = Object.entries(templates).flatMap(([path, entry]) => {
    const result = metadataTemplatesSchema.safeParse({ [path]: entry });
    return result.success ? Object.entries(result.data) : [];
  });
  return Object.fromEntries(fitting.slice(0, mostTemplates));
}

const mostTemplates = 64;
/** Bytes of one. */
const longestTemplate = 65_536;

/** Collects the templates of an image while its archive is walked. */
export class TemplateFiles {
  readonly #files: Record<string, string> = {};

  async note(entry: TarEntry): Promise<void> {
    const [, name] = /^templates\/([^/]+)$/.exec(entry.path) ?? [];
    if (name === undefined || entry.type !== "file" || Object.keys(this.#files).length >= mostTemplates) return;
    if (templateNameSchema.safeParse(name).success)
      this.#files[name] = (await entry.content(longestTemplate)).toString("utf8");
  }

  /** With those that its metadata ask for. */
  of(metadata: ImageMetadata): ImageMetadata {
    const { templates } = metadata;
    return templates ? { ...metadata, templates: { ...templates, files: this.#files } } : metadata;
  }
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    throw refuse("its metadata.yaml is no YAML", error);
  }
}
