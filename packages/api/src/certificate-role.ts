/**
 * What a restricted certificate may do in its projects, from the least to the most; each may what those before it may. Free of
 * zod, for the CLI.
 */
export const certificateRoles = ["viewer", "operator", "manager"] as const;
export type CertificateRole = (typeof certificateRoles)[number];
