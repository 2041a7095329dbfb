import { type CertificatePut, LodgeError } from "@lodge/api";
import type { CertificateRestriction } from "../store.ts";

/**
 * What a request makes of a certificate's restriction. Clients that know no roles send none: a restricted certificate keeps its role,
 * and one that becomes restricted is a manager, as in LXD.
 */
export function restrictionOf(
  put: Pick<CertificatePut, "restricted" | "projects" | "role">,
  before: CertificateRestriction | undefined,
  known: readonly string[],
): CertificateRestriction | undefined {
  const projects = put.projects ?? [];
  if (!(put.restricted ?? false)) {
    if (projects.length === 0 && !put.role) return undefined;
    throw invalid("Projects and a role are of restricted certificates; say that it is restricted as well");
  }
  const missing = projects.find((name) => !known.includes(name));
  if (missing !== undefined)
    throw new LodgeError({ code: "project_not_found", message: `Project "${missing}" does not exist.` });
  return { role: put.role ?? before?.role ?? "manager", projects: [...new Set(projects)] };
}

function invalid(message: string): LodgeError {
  return new LodgeError({ code: "request_invalid", message: `${message}.` });
}
