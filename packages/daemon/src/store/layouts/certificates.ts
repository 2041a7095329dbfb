import { certificateRoles, certificateTypeSchema } from "@lodge/api";
import type { CertificateRecord } from "@lodge/core";
import { z } from "zod";
import { date, json } from "./columns.ts";
import type { TableLayout } from "./table-layout.ts";

export const certificateLayout: TableLayout<CertificateRecord, string> = {
  table: "certificates",
  key: ["fingerprint"],
  orderBy: ["fingerprint"],
  keyValues: (fingerprint) => [fingerprint],
  write: (r) => ({
    fingerprint: r.fingerprint,
    name: r.name,
    type: r.type,
    restriction: r.restriction ? JSON.stringify(r.restriction) : null,
    certificate: r.certificate,
    created_at: r.createdAt.toISOString(),
  }),
  read: z
    .object({
      fingerprint: z.string(),
      name: z.string(),
      type: certificateTypeSchema,
      restriction: json(z.object({ role: z.enum(certificateRoles), projects: z.array(z.string()) })).nullable(),
      certificate: z.string(),
      created_at: date,
    })
    .transform(({ restriction, created_at: createdAt, ...row }) => ({
      ...row,
      createdAt,
      ...(restriction && { restriction }),
    })),
};
