import type { NewAlias } from "../images/catalog.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { ImageSecretsDependencies } from "./image-secrets.ts";
import { Secrets } from "./secrets.ts";

/** An image that another server is to send here, and what it is to be here: what whoever has it sent says. */
export interface ExpectedImage {
  readonly fingerprint: string;
  /** Whose image it becomes. */
  readonly project: string;
  readonly public: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly aliases: readonly NewAlias[];
  /** Missing: what the sender says. */
  readonly profiles?: readonly string[];
  readonly expiresAt?: Date;
}

interface Pending {
  readonly image: ExpectedImage;
  readonly taken: () => void;
}

/** Milliseconds in which an upload must have begun, and for which its end can be asked for after it. */
const times = { unused: 600_000, afterEnd: 30_000 };

/** Images that servers send here which are not trusted: each is expected by a secret, and comes once. */
export class ImagePushes {
  readonly #deps: ImageSecretsDependencies;
  readonly #expected = new Secrets<Pending>();
  /** Operations, by the secrets of those who may wait for them. */
  readonly #followed = new Secrets<string>();

  constructor(deps: ImageSecretsDependencies) {
    this.#deps = deps;
  }

  /** The operation runs until the upload begins; cancelling it revokes the secret. Operation metadata: `secret`, and what was said of the image. */
  expect(image: ExpectedImage): Promise<RunningOperation> {
    const { operations, wait, newSecret } = this.#deps;
    const secret = newSecret();
    const { public: shared, properties, aliases, expiresAt } = image;
    return operations.begin(
      {
        class: "token",
        description: "Image upload token",
        resources: { images: [`/1.0/images/${image.fingerprint}`] },
        project: image.project,
        metadata: {
          ...{ secret, public: shared, properties, aliases },
          ...(expiresAt && { expires_at: expiresAt.toISOString() }),
        },
      },
      async ({ signal }) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const forget = this.#expected.add(secret, {
          image,
          taken: () => {
            forget();
            resolve();
          },
        });
        try {
          await Promise.race([promise, wait(times.unused, signal)]);
        } finally {
          forget();
        }
        return undefined;
      },
    );
  }

  /** Whether the secret lets an upload of this image begin, now. */
  expects(fingerprint: string, secret: string): boolean {
    return this.#find(fingerprint, secret) !== undefined;
  }

  /** As `expects`, and it is not expected any more. */
  take(fingerprint: string, secret: string): ExpectedImage | undefined {
    const found = this.#find(fingerprint, secret);
    found?.taken();
    return found?.image;
  }

  /** Begins what becomes of an upload, with `metadata.secret` by which the sender may wait for it. */
  async receive(
    begin: (metadata: { readonly secret: string }) => Promise<RunningOperation>,
  ): Promise<RunningOperation> {
    const { wait, newSecret } = this.#deps;
    const secret = newSecret();
    const operation = await begin({ secret });
    const forget = this.#followed.add(secret, operation.id);
    void operation.done.then(() => wait(times.afterEnd, new AbortController().signal)).finally(forget);
    return operation;
  }

  /** Whether the secret lets somebody wait for the operation. */
  isFollower(operation: string, secret: string): boolean {
    return this.#followed.find(secret) === operation;
  }

  #find(fingerprint: string, secret: string): Pending | undefined {
    const found = this.#expected.find(secret);
    return found?.image.fingerprint === fingerprint ? found : undefined;
  }
}
