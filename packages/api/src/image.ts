import { z } from "zod";
import { fingerprintSchema, instanceTypeSchema } from "./primitives.ts";

/** How servers of images are spoken to: a simplestreams tree, or the API of a daemon (`lodge` and `incus` are other words for `lxd`). */
/** Of servers; `direct`: of an image that was fetched by its URL. */
export const imageProtocolSchema = z.enum(["simplestreams", "lxd", "direct"]);
export type ImageProtocol = z.infer<typeof imageProtocolSchema>;

export const imageAliasSchema = z.object({ name: z.string(), description: z.string() });

export const imageSchema = z.object({
  fingerprint: fingerprintSchema,
  type: instanceTypeSchema,
  /** Whose it is; missing: of another server. */
  project: z.string().optional(),
  aliases: z.array(imageAliasSchema),
  architecture: z.string(),
  auto_update: z.boolean(),
  cached: z.boolean(),
  filename: z.string(),
  profiles: z.array(z.string()),
  /** `os`, `release`, `variant`, `description`… */
  properties: z.record(z.string(), z.string()),
  public: z.boolean(),
  /** Bytes of the image's files. */
  size: z.number(),
  created_at: z.string(),
  expires_at: z.string(),
  last_used_at: z.string(),
  uploaded_at: z.string(),
  /** Where it came from; missing: it was made or imported here. */
  update_source: z
    .object({
      server: z.string(),
      protocol: z.string(),
      /** Under which it was asked for; empty: by its fingerprint. */
      alias: z.string(),
      /** PEM, of a server for which no authority vouches. */
      certificate: z.string(),
      image_type: z.string(),
    })
    .optional(),
});
export type Image = z.infer<typeof imageSchema>;

/** `PUT` and `PATCH /1.0/images/FINGERPRINT`. */
export const imagePutSchema = z.object({
  public: z.boolean().nullish(),
  /** Of an image that came from another server by an alias. */
  auto_update: z.boolean().nullish(),
  properties: z.record(z.string(), z.string()).nullish(),
  /** What instances have that are made of it and say no profiles. */
  profiles: z.array(z.string().min(1)).nullish(),
  /** RFC 3339; the zero time: never. */
  expires_at: z.union([z.iso.datetime({ offset: true }), z.literal("")]).nullish(),
});
export type ImagePut = z.infer<typeof imagePutSchema>;

/**
 * What an uploaded file is (extension `lodge_image_formats`, header X-Lodge-Format): a virtual machine's disk in one of these
 * formats, a container's root file system without metadata, or what its content tells.
 */
export const imageFormatSchema = z.enum(["auto", "raw", "qcow2", "vmdk", "vhdx", "vdi", "rootfs"]);
export type ImageFormatName = z.infer<typeof imageFormatSchema>;

/** Letters, digits and `._/-`: `debian/12`. */
export const aliasNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,127}$/, "must be letters, digits and . _ / -, 1 to 128 of them");

/** `POST /1.0/images/aliases`. One alias may point to a container and a VM image, told apart by `type`. */
export const aliasCreateSchema = z.object({
  name: aliasNameSchema,
  description: z.string().default(""),
  target: z.string(),
  /** The image's own, whatever is said here; LXD's clients leave it empty. */
  type: z.union([instanceTypeSchema, z.literal("")]).nullish(),
});
export type AliasCreate = z.infer<typeof aliasCreateSchema>;

/** `PUT` and `PATCH /1.0/images/aliases/NAME`: the image may be another one of the same type. What is missing stays. */
export const aliasPutSchema = z.object({ description: z.string().optional(), target: z.string().optional() });
export type AliasPut = z.infer<typeof aliasPutSchema>;

/** `POST /1.0/images/aliases/NAME`. */
export const aliasRenameSchema = z.object({ name: aliasNameSchema });

/** `GET /1.0/images/aliases/NAME`. */
export const aliasSchema = z.object({
  name: z.string(),
  description: z.string(),
  target: fingerprintSchema,
  type: instanceTypeSchema,
});
export type Alias = z.infer<typeof aliasSchema>;

/**
 * How an image's root file system is compressed. Container images are squashfs whatever is said here; disks of virtual machines can be
 * `zstd`, `gzip` or `none`. Default: zstd.
 */
export const imageCompressionSchema = z.enum(["none", "gzip", "lz4", "lzo", "xz", "zstd"]);
export type ImageCompression = z.infer<typeof imageCompressionSchema>;

/** `POST /1.0/images` with a JSON body: an image of a stopped instance or of one of its snapshots. */
export const imagePublishSchema = z.object({
  source: z.object({
    /** `container` and `virtual-machine` are older clients' words for `instance`. */
    type: z.enum(["instance", "snapshot", "container", "virtual-machine"]),
    /** `web`, or `web/monday` for a snapshot. */
    name: z.string().min(1),
  }),
  filename: z.string().nullish(),
  public: z.boolean().nullish(),
  /** Added to those of the image that the instance was made of. */
  properties: z.record(z.string(), z.string()).nullish(),
  profiles: z.array(z.string().min(1)).nullish(),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  /** LXD's clients send the empty text for the default, and know `squashfs`, which every container image is. */
  compression_algorithm: z.union([imageCompressionSchema, z.enum(["", "squashfs"])]).nullish(),
  aliases: z.array(z.object({ name: aliasNameSchema, description: z.string().default("") })).nullish(),
});
export type ImagePublish = z.infer<typeof imagePublishSchema>;

/** `POST /1.0/images` with a JSON body: a copy of another server's image, fetched by the daemon. */
export const imagePullSchema = z.object({
  source: z.object({
    type: z.literal("image"),
    mode: z.enum(["pull", ""]).nullish(),
    /** `https://images.example.com`. */
    server: z.string().min(1),
    /** `simplestreams`, or `lxd` (default). */
    protocol: z
      .string()
      .nullish()
      .transform((protocol) => protocol ?? "lxd"),
    /** PEM, of a server for which no authority vouches. */
    certificate: z
      .string()
      .max(1 << 16)
      .optional(),
    /** Shows an image that is not public. */
    secret: z.string().max(1024).optional(),
    alias: z.string().optional(),
    fingerprint: z.string().optional(),
    image_type: z.union([instanceTypeSchema, z.literal("")]).nullish(),
    /** Of another daemon: which of its projects. Missing: `default`. */
    project: z.string().optional(),
  }),
  public: z.boolean().nullish(),
  /** A newer image of the same alias takes its place (`images.auto_update_interval`). */
  auto_update: z.boolean().nullish(),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  properties: z.record(z.string(), z.string()).nullish(),
  /** Extension `image_copy_profile`. Missing: the default one. */
  profiles: z.array(z.string().min(1)).nullish(),
  aliases: z.array(z.object({ name: aliasNameSchema, description: z.string().default("") })).nullish(),
  /** Extension `lodge_image_copy_aliases`: and those that it has there. */
  copy_aliases: z.boolean().nullish(),
});
export type ImagePull = z.infer<typeof imagePullSchema>;

/** `POST /1.0/images` with a JSON body: an image by its URL, which says with the headers `LXD-Image-Hash` and `LXD-Image-URL` what to fetch. */
export const imageUrlPullSchema = z.object({
  source: z.object({
    type: z.literal("url"),
    /** `https://example.com/images/mine`. */
    url: z.string().min(1).max(4096),
  }),
  ...imagePullSchema.pick({ public: true, properties: true, profiles: true, aliases: true, expires_at: true }).shape,
});
export type ImageUrlPull = z.infer<typeof imageUrlPullSchema>;

/** `POST /1.0/images` of an image that another project of this server has (extension `lodge_image_project_copy`). */
export const imageProjectCopySchema = z.object({
  source: z.object({
    type: z.literal("image"),
    project: z.string().min(1),
    alias: z.string().optional(),
    fingerprint: z.string().optional(),
    image_type: z.union([instanceTypeSchema, z.literal("")]).nullish(),
  }),
  ...imagePullSchema.pick({ public: true, profiles: true, aliases: true, copy_aliases: true }).shape,
});
export type ImageProjectCopy = z.infer<typeof imageProjectCopySchema>;

/** `POST /1.0/images` with a JSON body: an image that another server is to send here (extension `images_push_relay`). */
export const imageExpectSchema = z.object({
  source: z.object({ mode: z.literal("push"), fingerprint: fingerprintSchema }),
  ...imagePullSchema.pick({ public: true, properties: true, profiles: true, aliases: true, expires_at: true }).shape,
});
export type ImageExpect = z.infer<typeof imageExpectSchema>;

/** `POST /1.0/images/FINGERPRINT/export`: the daemon sends an image to another server, which expects it. */
export const imagePushSchema = z.object({
  /** `https://192.0.2.2:8443`. */
  target: z.string().min(1).max(4096),
  /** PEM, of a server for which no authority vouches. */
  certificate: z
    .string()
    .max(1 << 16)
    .nullish(),
  /** By which the other server knows what it expects. */
  secret: z.string().min(1).max(1024),
  /** Of the other server. Missing: `default`. */
  project: z.string().nullish(),
  /** What instances have there that are made of it and say no profiles. Missing: the default one. */
  profiles: z.array(z.string().min(1)).nullish(),
});
export type ImagePush = z.infer<typeof imagePushSchema>;

/** `POST /1.0/images/build` (extension `lodge_image_build`): builds both artefacts of a definition on the host. */
export const imageBuildSchema = z.object({
  /** Name of a definition in the daemon's images/ folder (`tiny`, `debian/12`). */
  definition: z.string().optional(),
  /** Or the definition's text itself (YAML). */
  yaml: z
    .string()
    .max(1 << 20)
    .optional(),
  /** Artefacts to make; both when missing. */
  types: z.array(instanceTypeSchema).optional(),
});
export type ImageBuild = z.infer<typeof imageBuildSchema>;
