import type { RunningOperation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import { Secrets } from "./secrets.ts";

export interface ImageSecretsDependencies {
  readonly operations: Operations;
  /** Resolves after milliseconds; rejects when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  readonly newSecret: () => string;
}

interface Pending {
  readonly fingerprint: string;
  readonly used: () => void;
}

/** Milliseconds in which a secret must be used, and in which it may be used once more: to read about the image, and to fetch it. */
const times = { unused: 600_000, afterUse: 30_000 };

/** Secrets by which somebody who is not trusted, another server, fetches one image that is not public. */
export class ImageSecrets {
  readonly #deps: ImageSecretsDependencies;
  readonly #pending = new Secrets<Pending>();

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
      async ({ signal }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        let used = false;
        void promise.then(() => {
          used = true;
        });
        const forget = this.#pending.add(secret, { fingerprint, used: resolve });
        try {
          await Promise.race([promise, wait(times.unused, signal)]);
          if (used) await wait(times.afterUse, signal);
        } finally {
          forget();
        }
        return undefined;
      },
    );
  }

  /** Whether the secret opens the image, now. */
  opens(fingerprint: string, secret: string): boolean {
    const found = this.#pending.find(secret);
    if (found?.fingerprint !== fingerprint) return false;
    found.used();
    return true;
  }
}
