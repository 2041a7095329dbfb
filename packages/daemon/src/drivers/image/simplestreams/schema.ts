/** Simplestreams, as far as images of LXD's need it. What is strange to us in it is left out, not refused: servers publish much else. */
import { z } from "zod";

const text = z.string().max(4096);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** `streams/v1/index.json`. */
export const indexSchema = z.object({
  index: z.record(
    z.string(),
    z.object({ datatype: text.optional(), format: text.optional(), path: text, products: z.array(text).nullish() }),
  ),
});

export const itemSchema = z.object({
  ftype: text,
  path: text,
  /** Of some servers' metadata it is missing: such an image cannot be checked, and is not offered. */
  sha256: sha256.optional().catch(undefined),
  size: z
    .int()
    .min(1)
    .max(2 ** 43)
    .optional()
    .catch(undefined),
  /** Fingerprints of the image that these metadata are of together with a root file system, by that one's kind. */
  combined_sha256: sha256.optional().catch(undefined),
  combined_rootxz_sha256: sha256.optional().catch(undefined),
  combined_squashfs_sha256: sha256.optional().catch(undefined),
  "combined_disk-kvm-img_sha256": sha256.optional().catch(undefined),
  "combined_disk1-img_sha256": sha256.optional().catch(undefined),
  "combined_uefi1-img_sha256": sha256.optional().catch(undefined),
});
export type Item = z.infer<typeof itemSchema>;

const productSchema = z.object({
  aliases: text.default(""),
  arch: text,
  os: text.default(""),
  release: text.default(""),
  release_title: text.optional(),
  version: text.optional(),
  variant: text.optional(),
  support_eol: text.optional(),
  lxd_requirements: z.record(z.string(), text).optional(),
  requirements: z.record(z.string(), text).optional(),
  versions: z.record(z.string(), z.object({ label: text.optional(), items: z.record(z.string(), z.unknown()) })),
});
export type Product = z.infer<typeof productSchema>;

/** The file that an index names. One product of many may be of another kind. */
export const productsSchema = z.object({
  products: z.record(z.string(), productSchema.optional().catch(undefined)),
});
export type Products = z.infer<typeof productsSchema>;
