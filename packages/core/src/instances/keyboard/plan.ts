/** From what is to be typed to presses and releases with pauses between them. Pure: the driver only obeys. */
import { type KeyCode, type KeyInput, type KeysPost, LodgeError } from "@lodge/api";
import { namedKeys } from "@lodge/api/keyboard";
import { Layout, type Stroke } from "./layout.ts";

export interface KeyEvent {
  readonly key: KeyCode;
  readonly down: boolean;
}

/** Events that are sent together, and the milliseconds until the next step's. */
export interface KeyStep {
  readonly events: readonly KeyEvent[];
  readonly pause: number;
}

/** Throws `keys_invalid` for a key or character that there is none of. */
export function planKeys({ keys, layout: name, interval }: KeysPost): KeyStep[] {
  const layout = new Layout(name);
  return keys.flatMap((input) => planInput(input, layout, interval));
}

function planInput(input: KeyInput, layout: Layout, interval: number): KeyStep[] {
  if ("text" in input) return typed(input.text, layout).flatMap((stroke) => press(stroke, interval));
  if ("chord" in input) return chord(input.chord, layout).flatMap((stroke) => press(stroke, interval));
  const key = namedKeys.get(input.key) ?? (input.key as KeyCode);
  return [{ events: [{ key, down: input.down }], pause: interval }];
}

/** A key is held for half of the interval. */
function press(stroke: Stroke, interval: number): KeyStep[] {
  const hold = Math.ceil(interval / 2);
  return [
    { events: stroke.map((key) => ({ key, down: true })), pause: hold },
    { events: stroke.toReversed().map((key) => ({ key, down: false })), pause: interval - hold },
  ];
}

function typed(text: string, layout: Layout): Stroke[] {
  return Array.from(text.replaceAll("\r\n", "\n").normalize("NFC")).flatMap((character) => find(character, layout));
}

/** Characters are keys here, whatever their case, and looked up in the layout: `ctrl-z` is another key on a German keyboard. */
function chord(keys: readonly string[], layout: Layout): Stroke[] {
  const strokes = keys.map((key) => {
    const named = namedKeys.get(key.toLowerCase());
    if (named) return [named];
    const [stroke = [], ...more] = Array.from(key).length === 1 ? find(key.toLowerCase(), layout) : [];
    if (stroke.length > 0 && more.length === 0) return stroke;
    throw invalid(`There is no key "${key}"`);
  });
  return [[...new Set(strokes.flat())]];
}

function find(character: string, layout: Layout): readonly Stroke[] {
  const strokes = layout.strokes(character);
  if (strokes) return strokes;
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  throw invalid(`A keyboard with the layout ${layout.name} has no ${JSON.stringify(character)} (U+${point})`);
}

function invalid(problem: string): LodgeError {
  return new LodgeError({ code: "keys_invalid", message: `${problem}; nothing was typed.` });
}

/** Lets go of what the first `done` steps of a plan have left pressed. */
export function letGo(steps: readonly KeyStep[], done: number): KeyEvent[] {
  const pressed = new Set<KeyCode>();
  for (const { key, down } of steps.slice(0, done).flatMap(({ events }) => events)) {
    if (down) pressed.add(key);
    else pressed.delete(key);
  }
  return [...pressed].toReversed().map((key) => ({ key, down: false }));
}
