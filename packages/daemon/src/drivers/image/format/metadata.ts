/** An image's own metadata.yaml, in LXD's form. */
import { type ImageMetadata, kernelArchitecture } from "@lodge/core";
import { parse } from "yaml";
import { z } from "zod";
import { refuse } from "./refuse.ts";

/** YAML makes numbers of `release: 12`, LXD reads text. */
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((value) => String(value ?? ""));

const metadataSchema = z.object({
  architecture: z.string().regex(/^[a-z0-9_]{1,32}$/i, "must be the name of an architecture"),
  creation_date: z.int().min(0).max(253_402_300_799),
  expiry_date: z.int().min(0).max(253_402_300_799).nullish(),
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
  const { architecture, creation_date, expiry_date, properties } = result.data;
  return {
    architecture: kernelArchitecture(architecture),
    creationDate: creation_date,
    ...(expiry_date && { expiryDate: expiry_date }),
    properties: properties ?? {},
  };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    throw refuse("its metadata.yaml is no YAML", error);
  }
}
