import { type CertificateRole, certificateRoles } from "@lodge/api";
import { type Caller, type CertificateService, hasEverything } from "@lodge/core";

/** What a session of the console was given: whose rights, and how many of them. */
export interface ConsoleGrant {
  /** Of the client that asked for the link: its certificate; missing: it came by the daemon's socket. */
  readonly fingerprint?: string | undefined;
  /** No more than this; missing: all that the client may. */
  readonly limit?: { readonly role: CertificateRole; readonly projects: readonly string[] } | undefined;
}

/** Who the user of a session is, now: what the client behind it may not any more, the session may not either. */
export function callerOfGrant(
  { fingerprint, limit }: ConsoleGrant,
  certificates: Pick<CertificateService, "callerOf">,
): Caller {
  // Not `local`: what a browser sends is looked at more closely than what comes through the socket.
  const client: Caller =
    fingerprint === undefined
      ? { kind: "trusted", fingerprint: "", name: "console" }
      : certificates.callerOf(fingerprint);
  if (!limit) return client;
  if (hasEverything(client)) return { kind: "restricted", fingerprint: "", name: "console", ...limit };
  if (client.kind !== "restricted") return { kind: "untrusted" };
  const projects = client.projects.filter((name) => limit.projects.includes(name));
  return { kind: "restricted", fingerprint: "", name: "console", projects, role: lesser(client.role, limit.role) };
}

const lesser = (one: CertificateRole, other: CertificateRole): CertificateRole =>
  certificateRoles.indexOf(one) < certificateRoles.indexOf(other) ? one : other;
