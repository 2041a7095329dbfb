import type { Certificate, CertificatePost, CertificatePut, Operation, TrustToken } from "@lodge/api";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";

const url = (fingerprint?: string) =>
  fingerprint === undefined ? "/1.0/certificates" : `/1.0/certificates/${encodeURIComponent(fingerprint)}`;

/** A token that nobody has used yet. */
export interface PendingToken {
  readonly name: string;
  /** What whoever is to be trusted is given. */
  readonly token: string;
  readonly expiresAt: string;
  readonly operation: string;
}

/** `/1.0/certificates`: who is trusted by HTTPS. Certificates are named by fingerprints or beginnings of them. */
export class Certificates {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Certificate[]> {
    return this.#rest.get(url(), { recursion: 1 });
  }

  get(fingerprint: string): Promise<Certificate> {
    return this.#rest.get(url(fingerprint));
  }

  /** With the ETag that `update` sends back, so that no other's change is overwritten. */
  getTagged(fingerprint: string): Promise<{ value: Certificate; etag: string }> {
    return this.#rest.getTagged(url(fingerprint));
  }

  /** Trusts a certificate. */
  async add(request: CertificatePut): Promise<void> {
    await this.#rest.call("POST", url(), { body: { type: "client", ...request } });
  }

  /** A token by which one client becomes trusted, once. */
  async issueToken(request: Omit<CertificatePost, "token" | "certificate">): Promise<PendingToken> {
    const operation: RunningOperation = await this.#rest.start("POST", url(), {
      body: { type: "client", ...request, token: true },
    });
    return pendingToken(operation.started);
  }

  /** Tokens that nobody has used yet. */
  async tokens(): Promise<PendingToken[]> {
    const all = await this.#rest.get<Record<string, Operation[]>>("/1.0/operations", { recursion: 1 });
    return (all["running"] ?? []).filter((operation) => operation.class === "token").map(pendingToken);
  }

  async revokeToken({ operation }: Pick<PendingToken, "operation">): Promise<void> {
    await this.#rest.call("DELETE", `/1.0/operations/${operation}`);
  }

  /** Makes this client trusted, whose certificate the connection shows. */
  async redeem(token: string, name?: string): Promise<void> {
    await this.#rest.call("POST", url(), { body: { type: "client", password: token, ...(name && { name }) } });
  }

  /** Replaces its content. Another's change since `etag` is `etag_mismatch`. */
  async update(fingerprint: string, put: CertificatePut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", url(fingerprint), { body: put, ...(etag && { headers: { "if-match": etag } }) });
  }

  async remove(fingerprint: string): Promise<void> {
    await this.#rest.call("DELETE", url(fingerprint));
  }

  /** A new certificate for the server itself. */
  renewServer(): Promise<{ certificate: string; fingerprint: string }> {
    return this.#rest.call("POST", "/1.0/lodge/certificate");
  }
}

function pendingToken({ id, metadata }: Operation): PendingToken {
  const {
    secret = "",
    fingerprint = "",
    addresses = [],
    request,
    expiresAt = "",
  } = metadata as Partial<TrustToken> & {
    readonly request?: { readonly name?: string };
    readonly expiresAt?: string;
  };
  const name = request?.name ?? "";
  const token: TrustToken = { client_name: name, fingerprint, addresses, secret, expires_at: expiresAt };
  return { name, token: base64Of(JSON.stringify(token)), expiresAt, operation: id };
}

/** Of the text in UTF-8; browsers have no `Buffer`. */
function base64Of(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

/** What a token says; undefined when it is none. */
export function readToken(token: string): TrustToken | undefined {
  try {
    const { fingerprint, addresses, secret, ...more } = JSON.parse(
      Buffer.from(token, "base64").toString(),
    ) as TrustToken;
    if (!/^[0-9a-f]{64}$/.test(fingerprint) || !Array.isArray(addresses) || typeof secret !== "string")
      return undefined;
    return { ...more, fingerprint, addresses: addresses.map(String), secret };
  } catch {
    return undefined;
  }
}
