import { createHash, timingSafeEqual } from "node:crypto";
import type { RunningOperation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";

export interface ImageSecretsDependencies {
  readonly operations: Operations;
  /** Resolves after milliseconds; rejects when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  readonly newSecret: () => string;
}

interface Pending {
  readonly fingerprint: string;
  readonly digest: Buffer;
  readonly used: () => void;
}

/** Milliseconds in which a secret must be used, and in which it may be used once more: to read about the image, and to fetch it. */
const times = { unused: 600_000, afterUse: 30_000 };

/** Secrets by which somebody who is not trusted, another server, fetches one image that is not public. */
export class ImageSecrets {
  readonly #deps: ImageSecretsDependencies;
  readonly #pending = new Map<string, Pending>();

  constructor(deps: ImageSecretsDependencies) {
    this.#deps = deps;
  }

  /** The operation runs as long as the secret is good; cancelling it revokes it. Operation metadata: `secret`. */
  issue(fingerprint: string, project: string): Promise<RunningOperation> {
    const { operations, wait, newSecret } = this.#deps;
    const secret = newSecret();
    return operations.begin(
      {
        class: "token",
        description: "Image download token",
        resources: { images: [`/1.0/images/${fingerprint}`] },
        project,
        metadata: { secret },
      },
      async ({ id, signal }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        let used = false;
        void promise.then(() => {
          used = true;
        });
        this.#pending.set(id, { fingerprint, digest: digestOf(secret), used: resolve });
        try {
          await Promise.race([promise, wait(times.unused, signal)]);
          if (used) await wait(times.afterUse, signal);
        } finally {
          this.#pending.delete(id);
        }
        return undefined;
      },
    );
  }

  /** Whether the secret opens the image, now. */
  opens(fingerprint: string, secret: string): boolean {
    const digest = digestOf(secret);
    let found: Pending | undefined;
    // All of them, so that the time tells nothing.
    for (const each of this.#pending.values())
      if (timingSafeEqual(each.digest, digest) && each.fingerprint === fingerprint) found = each;
    found?.used();
    return found !== undefined;
  }
}

const digestOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
