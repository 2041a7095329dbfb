/** Expressions in templates: `config_get("user.x", "") == "" and not instance.privileged`. */
import { invalidTemplate } from "./invalid.ts";
import type { Word } from "./pieces.ts";

export type Value = string | number | boolean | undefined | { readonly [name: string]: Value };

export type Expression =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "path"; readonly path: readonly string[] }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "filter"; readonly name: string; readonly of: Expression; readonly given: Expression | undefined }
  | { readonly kind: "and" | "or" | "==" | "!="; readonly left: Expression; readonly right: Expression };

const filters = ["default", "lower", "upper", "trim"];
const deepest = 32;

/** Reads all of the words as one expression. */
export function readExpression(words: readonly Word[]): Expression {
  const reader = new Reader(words);
  const expression = reader.either();
  reader.end();
  return expression;
}

class Reader {
  readonly #words: readonly Word[];
  #at = 0;
  #depth = 0;

  constructor(words: readonly Word[]) {
    this.#words = words;
  }

  end(): void {
    const word = this.#words[this.#at];
    if (word) throw invalidTemplate(`${shown(word)} is one word too many`);
  }

  either(): Expression {
    return this.#joined(["or", "||"], "or", () => this.#joined(["and", "&&"], "and", () => this.#negated()));
  }

  #joined(signs: readonly string[], kind: "and" | "or", next: () => Expression): Expression {
    let left = next();
    while (signs.some((sign) => this.#take(sign))) left = { kind, left, right: next() };
    return left;
  }

  #negated(): Expression {
    if (!this.#take("not") && !this.#take("!")) return this.#compared();
    return { kind: "not", of: this.#deeper(() => this.#negated()) };
  }

  #compared(): Expression {
    const left = this.#filtered();
    if (this.#take("==")) return { kind: "==", left, right: this.#filtered() };
    if (this.#take("!=") || this.#take("<>")) return { kind: "!=", left, right: this.#filtered() };
    return left;
  }

  #filtered(): Expression {
    let of = this.#plain();
    while (this.#take("|")) {
      const name = this.#name();
      if (!filters.includes(name))
        throw invalidTemplate(`there is no filter "${name}"; there are ${filters.join(", ")}`);
      of = { kind: "filter", name, of, given: this.#take(":") ? this.#plain() : undefined };
    }
    return of;
  }

  #plain(): Expression {
    const word = this.#words[this.#at++];
    if (!word) throw invalidTemplate("an expression ends where a value should stand");
    if (word.kind === "value") return { kind: "value", value: word.value };
    if (word.text === "(") {
      const inner = this.#deeper(() => this.either());
      this.#require(")");
      return inner;
    }
    if (word.kind === "sign") throw invalidTemplate(`"${word.text}" stands where a value should`);
    if (word.text === "true" || word.text === "false") return { kind: "value", value: word.text === "true" };
    if (this.#take("(")) return { kind: "call", name: word.text, given: this.#arguments() };
    const path = [word.text];
    while (this.#take(".")) path.push(this.#name());
    return { kind: "path", path };
  }

  #arguments(): Expression[] {
    const given: Expression[] = [];
    if (this.#take(")")) return given;
    do given.push(this.#deeper(() => this.either()));
    while (this.#take(","));
    this.#require(")");
    return given;
  }

  #deeper<T>(work: () => T): T {
    if (++this.#depth > deepest) throw invalidTemplate("an expression is nested too deeply");
    const result = work();
    this.#depth--;
    return result;
  }

  #name(): string {
    const word = this.#words[this.#at++];
    if (word?.kind === "name") return word.text;
    throw invalidTemplate(`${word ? shown(word) : "nothing"} stands where a name should`);
  }

  #require(sign: string): void {
    if (!this.#take(sign)) throw invalidTemplate(`"${sign}" is missing`);
  }

  #take(text: string): boolean {
    const word = this.#words[this.#at];
    if (!word || word.kind === "value" || word.text !== text) return false;
    this.#at++;
    return true;
  }
}

const shown = (word: Word): string => JSON.stringify(word.kind === "value" ? word.value : word.text);
