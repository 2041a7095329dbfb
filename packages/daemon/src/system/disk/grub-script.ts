/** Parses the shell-like language of grub.cfg (GRUB manual, chapter 6) into commands and blocks, without running anything. */

/** A word after quotes are resolved. */
export interface GrubWord {
  readonly text: string;
  /** It holds a variable, so the text is not what GRUB would see. */
  readonly dynamic: boolean;
}

export type GrubNode =
  | { readonly kind: "command"; readonly words: readonly GrubWord[] }
  /** `if`, `while`, `for`, `until`: what may run, or not. */
  | { readonly kind: "conditional"; readonly body: readonly GrubNode[] }
  /** `menuentry`, `submenu`, `function`: words before the brace, and what stands in braces. */
  | { readonly kind: "block"; readonly words: readonly GrubWord[]; readonly body: readonly GrubNode[] };

type Token = { readonly kind: "word"; readonly word: GrubWord; readonly quoted: boolean } | { readonly kind: "end" };

/** Undefined when the text does not parse. */
export function parseGrubScript(text: string): GrubNode[] | undefined {
  const tokens = tokenize(text);
  if (!tokens) return undefined;
  const reader = new Reader(tokens);
  const nodes = reader.nodes(new Set());
  return nodes && reader.done ? nodes : undefined;
}

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  // A comment, a line end or separator, or a word made of quoted, escaped and plain pieces.
  const pattern =
    /(?<comment>#[^\n]*)|(?<end>[\n;])|(?<space>(?:[ \t\r]|\\\n)+)|(?<word>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\[^\n]|[^\s'"\\;])+)/suy;
  while (pattern.lastIndex < text.length) {
    const groups = pattern.exec(text)?.groups;
    if (!groups) return undefined;
    if (groups["end"] !== undefined) tokens.push({ kind: "end" });
    if (groups["word"] !== undefined) tokens.push(wordToken(groups["word"]));
  }
  return tokens;
}

function wordToken(source: string): Token {
  let text = "";
  let dynamic = false;
  for (const [piece] of source.matchAll(/'[^']*'|"(?:\\.|[^"\\])*"|\\[^\n]|[^'"\\]+/gsu)) {
    if (piece.startsWith("'")) text += piece.slice(1, -1);
    else if (piece.startsWith("\\")) text += piece.slice(1);
    else {
      dynamic ||= /(?<!\\)\$/u.test(piece);
      text += piece.startsWith('"') ? piece.slice(1, -1).replace(/\\(["$\\])/gu, "$1") : piece;
    }
  }
  return { kind: "word", word: { text, dynamic }, quoted: source !== text };
}

const conditionals: Readonly<Record<string, string>> = { if: "fi", while: "done", until: "done", for: "done" };
/** Words that may stand before a command inside a conditional. */
const connectives = new Set(["then", "elif", "else", "do"]);

class Reader {
  readonly #tokens: readonly Token[];
  #position = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#position >= this.#tokens.length;
  }

  /** Reads up to and including one of the end words; without end words to the end of the text. */
  nodes(ends: ReadonlySet<string>): GrubNode[] | undefined {
    const nodes: GrubNode[] = [];
    for (;;) {
      const keyword = this.#keyword();
      if (this.done) return ends.size === 0 ? nodes : undefined;
      if (keyword !== undefined && ends.has(keyword)) {
        this.#position++;
        return nodes;
      }
      const node = this.#node(keyword);
      if (node === undefined) return undefined;
      if (node !== "nothing") nodes.push(node);
    }
  }

  #node(keyword: string | undefined): GrubNode | "nothing" | undefined {
    if (keyword === undefined && this.#tokens[this.#position]?.kind === "end") {
      this.#position++;
      return "nothing";
    }
    if (keyword !== undefined && connectives.has(keyword)) {
      this.#position++;
      return "nothing";
    }
    const end = keyword === undefined ? undefined : conditionals[keyword];
    if (end !== undefined) {
      this.#position++;
      const body = this.nodes(new Set([end]));
      return body && { kind: "conditional", body };
    }
    // A stray end of a block or of a conditional.
    if (keyword === "}" || keyword === "fi" || keyword === "done") return undefined;
    return this.#command();
  }

  #command(): GrubNode | undefined {
    const words: GrubWord[] = [];
    for (;;) {
      const token = this.#tokens[this.#position];
      if (token?.kind !== "word") return { kind: "command", words };
      this.#position++;
      if (!token.quoted && token.word.text === "{") {
        const body = this.nodes(new Set(["}"]));
        return body && { kind: "block", words, body };
      }
      words.push(token.word);
    }
  }

  /** The next word when it is plain and so may be a keyword. */
  #keyword(): string | undefined {
    const token = this.#tokens[this.#position];
    return token?.kind === "word" && !token.quoted ? token.word.text : undefined;
  }
}
