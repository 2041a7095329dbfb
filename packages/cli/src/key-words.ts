/** How keys are written on a command line: text as it stands, `<enter>` and `<ctrl-c>` in it, `ctrl-alt-delete` by itself. */
import type { KeyInput } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { characterNames, modifierNames, namedKeys } from "@lodge/api/keyboard";

/** One word of the command line. */
export function parseKeyWord(word: string): KeyInput[] {
  const chord = chordOf(word);
  if (chord && chord.length > 1) return [{ chord }];
  return [...word.matchAll(/<([^<>]*)>|[^<]+|</g)].flatMap(([piece, bracketed]) => {
    if (bracketed !== undefined) return bracketedKeys(bracketed);
    if (piece === "<") throw invalid(`"<" without ">" in "${word}"`);
    return [{ text: piece }];
  });
}

/** `enter`, `ctrl-c`, `lt`, each also with `*3` behind it. */
function bracketedKeys(text: string): KeyInput[] {
  const [, keys = "", times] = /^(.+?)(?:\*(\d{1,3}))?$/.exec(text) ?? [];
  const character = characterNames.get(keys);
  const chord = chordOf(keys);
  if (!character && !chord) throw invalid(`<${text}> names no key`);
  const input: KeyInput = character ? { text: character } : { chord: chord ?? [] };
  return Array.from({ length: times === undefined ? 1 : Number(times) }, () => input);
}

/** Any modifiers, then one key, joined by hyphens. Undefined when it is something else. */
function chordOf(text: string): string[] | undefined {
  const keys = text.split("-");
  const last = keys.at(-1) ?? "";
  const held = keys.slice(0, -1).map((key) => key.toLowerCase());
  if (!held.every((key) => modifierNames.has(key))) return undefined;
  if (namedKeys.has(last.toLowerCase())) return [...held, last.toLowerCase()];
  const character = characterNames.get(last) ?? last;
  return Array.from(character).length === 1 ? [...held, character] : undefined;
}

function invalid(problem: string): LodgeError {
  return new LodgeError({
    code: "keys_invalid",
    message: `${problem}; "<" begins a key, such as <enter>, and <lt> is the character itself. --literal types every word as it stands.`,
  });
}
