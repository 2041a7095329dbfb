import { type CertificateRole, certificateRoles } from "@lodge/api";

/** Who asks. */
export type Caller =
  /** Through the unix socket, which the system lets root and the group `lodge` open. */
  | { readonly kind: "local" }
  /** Has the key of a certificate that is trusted with everything. */
  | { readonly kind: "trusted"; readonly fingerprint: string; readonly name: string }
  /** Has the key of a certificate that is trusted with some projects. */
  | {
      readonly kind: "restricted";
      readonly fingerprint: string;
      readonly name: string;
      readonly role: CertificateRole;
      readonly projects: readonly string[];
    }
  /** Has the key of a certificate that is trusted with metrics (missing `projects`: all), and is a stranger elsewhere. */
  | {
      readonly kind: "metrics";
      readonly fingerprint: string;
      readonly name: string;
      readonly projects?: readonly string[];
    }
  /** Anybody else. */
  | { readonly kind: "untrusted"; readonly fingerprint?: string };

/**
 * What a request asks for, from the least to the most:
 * - `public`: nothing; the answer shows untrusted callers only what is public,
 * - `identified`: to be trusted with anything at all,
 * - `view`, `operate`, `manage`: to be at least a viewer, operator, manager of the project that it is about,
 * - `metrics`: to measure what the caller may see,
 * - `administer`: to be trusted with everything.
 */
export type Right = "public" | "identified" | "metrics" | "view" | "operate" | "manage" | "administer";

const roleOf = { view: "viewer", operate: "operator", manage: "manager" } as const;

/** Whether a caller has a right; `project`: which project the request is about. */
export function mayDo(caller: Caller, right: Right, project: string): boolean {
  if (right === "public" || hasEverything(caller)) return true;
  if (caller.kind === "metrics") return right === "metrics";
  if (caller.kind !== "restricted" || right === "administer") return false;
  if (right === "identified" || right === "metrics") return true;
  const needed: CertificateRole = roleOf[right];
  return caller.projects.includes(project) && certificateRoles.indexOf(caller.role) >= certificateRoles.indexOf(needed);
}

/** Root's equals. */
export function hasEverything(caller: Caller): boolean {
  return caller.kind === "local" || caller.kind === "trusted";
}

/** Whether the caller may know what a project's instances use. */
export function mayMeasure(caller: Caller, project: string): boolean {
  if (caller.kind === "metrics") return caller.projects?.includes(project) ?? true;
  return maySee(caller, project);
}

/** Whether nothing is known of the caller that would let it see more than what is public. */
export function isStranger(caller: Caller): caller is Extract<Caller, { kind: "untrusted" | "metrics" }> {
  return caller.kind === "untrusted" || caller.kind === "metrics";
}

/** Whether the caller may see anything of a project. */
export function maySee(caller: Caller, project: string): boolean {
  return mayDo(caller, "view", project);
}
