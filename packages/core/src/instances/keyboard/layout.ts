import type { KeyboardLayout, KeyCode } from "@lodge/api";
import { type LayoutRows, layoutRows, rows } from "./layouts.ts";

/** Keys that are pressed one after the other and then let go of: `["shift", "a"]`. */
export type Stroke = readonly KeyCode[];

const levels: readonly { readonly name: keyof LayoutRows; readonly held: Stroke }[] = [
  { name: "plain", held: [] },
  { name: "shift", held: ["shift"] },
  { name: "altgr", held: ["alt_r"] },
  { name: "both", held: ["shift", "alt_r"] },
];

/** What a dead key gives with a space behind it. */
const alone: Readonly<Record<string, string>> = {
  "\u0300": "`",
  "\u0301": "´",
  "\u0302": "^",
  "\u0308": "¨",
};

/** Finds the strokes that give a character. */
export class Layout {
  readonly name: KeyboardLayout;
  readonly #strokes = new Map<string, Stroke>([
    [" ", ["spc"]],
    ["\n", ["ret"]],
    ["\t", ["tab"]],
  ]);

  constructor(name: KeyboardLayout) {
    this.name = name;
    for (const level of levels) this.#learn(layoutRows[name][level.name] ?? [], level.held);
  }

  /** Undefined: the layout does not have it. */
  strokes(character: string): readonly Stroke[] | undefined {
    const direct = this.#strokes.get(character);
    if (direct) return [direct];
    return this.#alone(character) ?? this.#composed(character);
  }

  /** A character that is on several keys is found where the least is held. */
  #learn(characters: readonly string[], held: Stroke): void {
    for (const [row, line] of characters.entries()) {
      for (const [column, character] of Array.from(line).entries()) {
        const code = rows[row]?.[column];
        if (code && !this.#strokes.has(character)) this.#strokes.set(character, [...held, code]);
      }
    }
  }

  #alone(character: string): readonly Stroke[] | undefined {
    const [mark] = Object.entries(alone).find(([, spacing]) => spacing === character) ?? [];
    const dead = this.#strokes.get(mark ?? "");
    return dead && [dead, ["spc"]];
  }

  /** `é` as the dead acute and an `e`. */
  #composed(character: string): readonly Stroke[] | undefined {
    const [letter = "", mark = "", ...more] = character.normalize("NFD");
    const dead = this.#strokes.get(mark);
    const base = this.#strokes.get(letter);
    return more.length === 0 && dead && base ? [dead, base] : undefined;
  }
}
