/** What may be asked of the server itself: its configuration, who is trusted, and its host. */

import type { Certificate, CertificatePut, Config, HostInfo, Resources, Warning, WarningPut } from "@lodge/api";
import type { Caller } from "../access/caller.ts";
import type { RunningOperation } from "../operations/operation.ts";

/** The server's own configuration. */
export interface ConfigService {
  get(): Promise<Config>;
  /**
   * `change` makes the new whole of the current one, and may throw (If-Match); nothing changes in between. `apply` puts it into
   * effect before it is kept: what it refuses is not changed.
   */
  update(change: (current: Config) => Config, apply?: (config: Config) => Promise<void>): Promise<void>;
}

/** Who is trusted by HTTPS. Certificates are named by fingerprints or unambiguous beginnings of them. */
export interface CertificateService {
  list(): Certificate[];
  get(prefix: string): Certificate;
  /** Of anybody's; who is not known is untrusted. Asked for every request. */
  callerOf(fingerprint: string): Caller;
  /** `certificate_invalid`, `certificate_exists`. Without a name it has that of its subject. */
  add(request: CertificatePut): Promise<Certificate>;
  /** `change`: see `NetworkService.update`. With another certificate its fingerprint is another. */
  update(prefix: string, change: (current: Certificate) => CertificatePut): Promise<void>;
  remove(prefix: string): Promise<void>;
  /** `certificate_exists`. */
  refuseKnown(fingerprint: string): void;
  /** Refuses what `add` would refuse of a restriction. */
  checkRestriction(request: CertificatePut): Promise<void>;
}

/** Trouble that the daemon knows of. */
export interface WarningService {
  /** The worst first. */
  list(): Promise<Warning[]>;
  get(uuid: string): Promise<Warning>;
  /** Looks for what is wrong now. Never throws. */
  look(): Promise<void>;
  /** `warning_resolved`. */
  update(uuid: string, change: WarningPut): Promise<void>;
  delete(uuid: string): Promise<void>;
}

export interface HostService {
  info(): Promise<HostInfo>;
  /** Its hardware. */
  resources(): Promise<Resources>;
  /** Shuts all instances down, as before the host itself goes down; see HostShutdown. */
  shutDown(): Promise<RunningOperation>;
}
