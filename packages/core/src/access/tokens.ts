import { type CertificatePost, type CertificatePut, type Config, LodgeError, timeAfter, zeroTime } from "@lodge/api";
import type { RunningOperation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import { Secrets } from "./secrets.ts";

export interface TrustTokensDependencies {
  readonly operations: Operations;
  readonly now: () => Date;
  /** Resolves after milliseconds, or when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** 64 hexadecimal digits. */
  readonly newSecret: () => string;
}

/** What whoever redeems a token becomes. */
export type Grant = Pick<CertificatePut, "name" | "type" | "restricted" | "projects" | "role">;

interface Pending {
  readonly grant: Grant;
  readonly use: () => void;
}

/**
 * Tokens by which a client becomes trusted, once each. A token is an operation that runs until then: it is listed and cancelled like every
 * other, and ends with the daemon.
 */
export class TrustTokens {
  readonly #deps: TrustTokensDependencies;
  readonly #pending = new Secrets<Pending>();

  constructor(deps: TrustTokensDependencies) {
    this.#deps = deps;
  }

  /** `server`: what the token tells its bearer, so that the secret goes to this server and no other. */
  async issue(
    { token: _token, password: _password, trust_token: _trust, certificate: _certificate, ...request }: CertificatePost,
    server: { readonly addresses: readonly string[]; readonly fingerprint: string; readonly config: Config },
  ): Promise<RunningOperation> {
    const { operations, now, newSecret } = this.#deps;
    const secret = newSecret();
    const expiry = server.config["core.remote_token_expiry"];
    const expiresAt = expiry ? timeAfter(now(), expiry) : undefined;
    const { promise: used, resolve: use } = Promise.withResolvers<void>();
    return operations.begin(
      {
        class: "token",
        description: "Executing operation",
        resources: {},
        project: "default",
        metadata: {
          ...{ secret, fingerprint: server.fingerprint, addresses: server.addresses, request: { ...request } },
          expiresAt: expiresAt?.toISOString() ?? zeroTime,
        },
      },
      async ({ signal }) => {
        const forget = this.#pending.add(secret, {
          grant: request,
          use() {
            forget();
            use();
          },
        });
        try {
          await this.#outlive(used, expiresAt, signal);
        } finally {
          forget();
        }
        return undefined;
      },
    );
  }

  /** What the secret of a token that is pending grants; from then on it grants nothing. Undefined: there is no such token. */
  redeem(secret: string): Grant | undefined {
    const found = this.#pending.find(secret);
    found?.use();
    return found?.grant;
  }

  async #outlive(used: Promise<void>, expiresAt: Date | undefined, signal: AbortSignal): Promise<void> {
    const { now, wait } = this.#deps;
    const settled = new AbortController();
    const cancelled = new Promise<never>((_resolve, reject) => {
      const revoke = () => reject(new LodgeError({ code: "operation_cancelled", message: "The token was revoked." }));
      signal.addEventListener("abort", revoke, { once: true });
    });
    const expired = async () => {
      // A timer holds 24 days at most.
      while (expiresAt && expiresAt > now() && !settled.signal.aborted)
        await wait(Math.min(expiresAt.getTime() - now().getTime(), 86_400_000), settled.signal);
      if (!settled.signal.aborted)
        throw new LodgeError({ code: "timed_out", message: "The token was not used before it expired." });
    };
    try {
      await Promise.race([used, cancelled, ...(expiresAt ? [expired()] : [])]);
    } finally {
      settled.abort();
    }
  }
}
