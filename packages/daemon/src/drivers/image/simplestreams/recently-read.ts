import type { WebText } from "../../../system/web/read-text.ts";

/** How many answers are kept in memory. */
const most = 8;

/** What was read, for as long as the server says that it is still so. */
export class RecentlyRead<T> {
  readonly #entries = new Map<string, { readonly validators: WebText["validators"]; readonly value: T }>();

  /** `ask` answers undefined where what its validators stand for is still so. */
  async read(
    key: string,
    ask: (validators: WebText["validators"]) => Promise<WebText | undefined>,
    parse: (text: string) => T,
  ): Promise<T> {
    const known = this.#entries.get(key);
    const answer = await ask(known?.validators ?? {});
    if (known && !answer) return this.#keep(key, known);
    const { text, validators } = answer ?? { text: "", validators: {} };
    return this.#keep(key, { validators, value: parse(text) });
  }

  /** Those that were used the longest ago go first. */
  #keep(key: string, entry: { readonly validators: WebText["validators"]; readonly value: T }): T {
    this.#entries.delete(key);
    if (Object.keys(entry.validators).length > 0) this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= most) break;
      this.#entries.delete(oldest);
    }
    return entry.value;
  }
}
