/** Cuts a template into text, outputs and tags, and these into words. */
import { invalidTemplate } from "./invalid.ts";

export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output" | "tag"; readonly words: readonly Word[] };

/** A name or sign, or a value that is written out. */
export type Word =
  | { readonly kind: "name" | "sign"; readonly text: string }
  | { readonly kind: "value"; readonly value: string | number };

/** `{{ … }}`, `{% … %}` and `{# … #}`; the signs that end them may stand in quotes before. */
const marks =
  /\{\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!\}\})[^"'])*)\}\}|\{%((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!%\})[^"'])*)%\}|\{#[\s\S]*?#\}/g;

export function cutTemplate(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: whole, 1: output, 2: tag, index } of source.matchAll(marks)) {
    pushText(pieces, source.slice(at, index));
    if (output !== undefined) pieces.push({ kind: "output", words: cutWords(output) });
    else if (tag !== undefined) pieces.push({ kind: "tag", words: cutWords(tag) });
    at = index + whole.length;
  }
  pushText(pieces, source.slice(at));
  return pieces;
}

function pushText(pieces: Piece[], text: string): void {
  const opened = /\{[{%#]/.exec(text);
  if (opened) throw invalidTemplate(`"${opened[0]}" is not closed`);
  if (text !== "") pieces.push({ kind: "text", text });
}

const wordPattern =
  /\s+|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+)|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|<>|&&|\|\||[!|:.,()])/y;

function cutWords(text: string): Word[] {
  const words: Word[] = [];
  wordPattern.lastIndex = 0;
  while (wordPattern.lastIndex < text.length) {
    const from = wordPattern.lastIndex;
    const match = wordPattern.exec(text);
    if (!match) throw invalidTemplate(`"${text.slice(from).trim().slice(0, 40)}" is not understood`);
    const [, double, single, number, name, sign] = match;
    const quoted = double ?? single;
    if (quoted !== undefined) words.push({ kind: "value", value: unescaped(quoted) });
    else if (number !== undefined) words.push({ kind: "value", value: Number(number) });
    else if (name !== undefined) words.push({ kind: "name", text: name });
    else if (sign !== undefined) words.push({ kind: "sign", text: sign });
  }
  return words;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

const unescaped = (text: string): string => text.replace(/\\(.)/gs, (_, sign: string) => escapes[sign] ?? sign);
