import { type Certificate, type CertificatePut, LodgeError } from "@lodge/api";
import type { EventBus } from "../events/bus.ts";
import type { Lock } from "../instances/lock.ts";
import type { CertificateService, ProjectService } from "../services.ts";
import type { CertificateRecord, Store } from "../store.ts";
import type { Caller } from "./caller.ts";
import { readCertificate, requireValid } from "./certificate-content.ts";
import { restrictionOf } from "./restriction.ts";

export interface CertificatesDependencies {
  readonly store: Pick<Store, "certificates" | "atomically">;
  readonly events: EventBus;
  readonly projects: Pick<ProjectService, "names">;
  readonly lock: Lock;
  readonly now: () => Date;
}

/** Who is trusted. All of them are in memory, because every request over HTTPS asks. */
export class Certificates implements CertificateService {
  readonly #deps: CertificatesDependencies;
  readonly #records = new Map<string, CertificateRecord>();

  constructor(deps: CertificatesDependencies, records: readonly CertificateRecord[] = []) {
    this.#deps = deps;
    for (const record of records) this.#records.set(record.fingerprint, record);
  }

  static async open(deps: CertificatesDependencies): Promise<Certificates> {
    return new Certificates(deps, await deps.store.certificates.list());
  }

  /** Reads anew who is trusted; the caller holds the lock and has changed it in the store. */
  async reread(): Promise<void> {
    const records = await this.#deps.store.certificates.list();
    this.#records.clear();
    for (const record of records) this.#records.set(record.fingerprint, record);
  }

  callerOf(fingerprint: string): Caller {
    const record = this.#records.get(fingerprint);
    if (!record) return { kind: "untrusted", fingerprint };
    const { name, type, restriction } = record;
    if (type === "metrics")
      return { kind: "metrics", fingerprint, name, ...(restriction && { projects: restriction.projects }) };
    return restriction
      ? { kind: "restricted", fingerprint, name, ...restriction }
      : { kind: "trusted", fingerprint, name };
  }

  list(): Certificate[] {
    return [...this.#records.values()].map(render).sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  }

  get(prefix: string): Certificate {
    return render(this.#find(prefix));
  }

  add(request: CertificatePut): Promise<Certificate> {
    const { store, events, lock, now } = this.#deps;
    return lock.run(async () => {
      const content = requireValid(readCertificate(request.certificate ?? ""), now());
      const { fingerprint } = content;
      this.refuseKnown(fingerprint);
      const record: CertificateRecord = {
        ...{ fingerprint, certificate: content.pem, name: request.name || content.name || fingerprint.slice(0, 12) },
        ...{ type: request.type ?? "client", createdAt: now() },
        ...(await this.#restriction(request)),
      };
      await store.certificates.put(record);
      this.#records.set(fingerprint, record);
      events.lifecycle("certificate-created", urlOf(fingerprint), { name: record.name });
      return render(record);
    });
  }

  update(prefix: string, change: (current: Certificate) => CertificatePut): Promise<void> {
    const { store, events, lock, now } = this.#deps;
    return lock.run(async () => {
      const before = this.#find(prefix);
      const put = change(render(before));
      const content = put.certificate ? readCertificate(put.certificate) : undefined;
      const replaced = content !== undefined && content.fingerprint !== before.fingerprint;
      if (replaced) {
        requireValid(content, now());
        this.refuseKnown(content.fingerprint);
      }
      const { restriction: _before, ...kept } = before;
      const after: CertificateRecord = {
        ...kept,
        ...{ name: put.name || before.name, type: put.type ?? before.type },
        ...(replaced && { fingerprint: content.fingerprint, certificate: content.pem }),
        ...(await this.#restriction(put, before)),
      };
      await store.atomically(async ({ certificates }) => {
        if (replaced) await certificates.remove(before.fingerprint);
        await certificates.put(after);
      });
      this.#records.delete(before.fingerprint);
      this.#records.set(after.fingerprint, after);
      events.lifecycle("certificate-updated", urlOf(before.fingerprint), { fingerprint: after.fingerprint });
    });
  }

  remove(prefix: string): Promise<void> {
    const { store, events, lock } = this.#deps;
    return lock.run(async () => {
      const { fingerprint, name } = this.#find(prefix);
      await store.certificates.remove(fingerprint);
      this.#records.delete(fingerprint);
      events.lifecycle("certificate-deleted", urlOf(fingerprint), { name });
    });
  }

  refuseKnown(fingerprint: string): void {
    const known = this.#records.get(fingerprint);
    if (!known) return;
    throw new LodgeError({
      code: "certificate_exists",
      message: `The certificate ${fingerprint.slice(0, 12)} is trusted already, as "${known.name}".`,
    });
  }

  async checkRestriction(request: CertificatePut): Promise<void> {
    await this.#restriction(request);
  }

  async #restriction(put: CertificatePut, before?: CertificateRecord): Promise<Pick<CertificateRecord, "restriction">> {
    const restriction = restrictionOf(put, before?.restriction, await this.#deps.projects.names());
    return restriction ? { restriction } : {};
  }

  #find(prefix: string): CertificateRecord {
    const wanted = prefix.toLowerCase();
    const exact = this.#records.get(wanted);
    if (exact) return exact;
    const [found, ...others] = [...this.#records.values()].filter((r) => r.fingerprint.startsWith(wanted));
    if (found && others.length === 0 && wanted !== "") return found;
    const message = found
      ? `More than one trusted certificate begins with ${prefix}; write more of the fingerprint.`
      : `No trusted certificate begins with ${prefix}; \`lodge config trust list\` shows them.`;
    throw new LodgeError({ code: found ? "request_invalid" : "certificate_not_found", message });
  }
}

const urlOf = (fingerprint: string): string => `/1.0/certificates/${fingerprint}`;

function render({ fingerprint, name, type, restriction, certificate }: CertificateRecord): Certificate {
  return {
    ...{ fingerprint, name, type, certificate },
    restricted: restriction !== undefined,
    projects: [...(restriction?.projects ?? [])],
    ...(restriction && { role: restriction.role }),
  };
}
