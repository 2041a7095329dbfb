import { z } from "zod";
import { certificateRoles } from "./certificate-role.ts";

/** `metrics` may read the metrics and nothing else. */
export const certificateTypeSchema = z.enum(["client", "metrics"]);
export type CertificateType = z.infer<typeof certificateTypeSchema>;

/** A certificate that is trusted. */
export const certificateSchema = z.object({
  /** SHA-256 of the DER, 64 hexadecimal digits. */
  fingerprint: z.string(),
  name: z.string(),
  type: certificateTypeSchema,
  /** Trusted with `projects` alone, in `role`. */
  restricted: z.boolean(),
  projects: z.array(z.string()),
  /** Of restricted ones (extension `lodge_certificate_roles`). */
  role: z.enum(certificateRoles).optional(),
  /** PEM. */
  certificate: z.string(),
});
export type Certificate = z.infer<typeof certificateSchema>;

const nameSchema = z
  .string()
  .max(128)
  .regex(/^[^\p{Cc}]*$/u, "has characters that cannot be shown");

/**
 * `PUT /1.0/certificates/FINGERPRINT` replaces all of it, except for a role and a certificate that are missing; `PATCH` only what
 * is given.
 */
export const certificatePutSchema = z.object({
  name: nameSchema.nullish(),
  /** LXD's client sends the empty text for none. */
  type: z.union([z.literal("").transform(() => null), certificateTypeSchema]).nullish(),
  restricted: z.boolean().nullish(),
  projects: z.array(z.string().min(1)).nullish(),
  role: z.enum(certificateRoles).nullish(),
  /** PEM, or its base64 without the lines around it: in the place of the one that is there. */
  certificate: z.string().nullish(),
});
export type CertificatePut = z.infer<typeof certificatePutSchema>;

/** `POST /1.0/certificates`: trusts a certificate, issues a token (`token`), or redeems one. */
export const certificatePostSchema = certificatePutSchema.extend({
  /** Makes a token by which a client that nobody knows yet becomes trusted, instead of a certificate that is. */
  token: z.boolean().nullish(),
  /** What a client redeems: a token. LXD's clients know one field for tokens and passwords. */
  password: z.string().nullish(),
  trust_token: z.string().nullish(),
});
export type CertificatePost = z.infer<typeof certificatePostSchema>;

/** What a token is, as base64 of its JSON. */
export const trustTokenSchema = z.object({
  client_name: z.string(),
  /** Of the server's certificate: the client knows whom to tell the secret. */
  fingerprint: z.string(),
  addresses: z.array(z.string()),
  secret: z.string(),
  /** RFC 3339; the zero time for a token that does not expire. */
  expires_at: z.string().optional(),
});
export type TrustToken = z.infer<typeof trustTokenSchema>;
