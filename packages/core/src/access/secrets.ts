import { createHash, timingSafeEqual } from "node:crypto";

/** What secrets open, while they are good. A search takes as long whatever is searched for. */
export class Secrets<Value> {
  readonly #all = new Map<symbol, { readonly digest: Buffer; readonly value: Value }>();

  /** Good until the returned function is called, any number of times. */
  add(secret: string, value: Value): () => void {
    const key = Symbol("secret");
    this.#all.set(key, { digest: digestOf(secret), value });
    return () => this.#all.delete(key);
  }

  find(secret: string): Value | undefined {
    const digest = digestOf(secret);
    let found: Value | undefined;
    for (const each of this.#all.values()) if (timingSafeEqual(each.digest, digest)) found = each.value;
    return found;
  }
}

const digestOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
