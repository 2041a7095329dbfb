/** Names that are made of a pattern: a number that counts up, the time at which something was made. Free of zod. */

/** Stands for the number, at most once. */
const number = "%d";

/**
 * Puts the time in: `{{ creation_date|date:'2006-01-02' }}`, whose format is the way in which Go's reference time (the second of
 * January 2006, 15:04:05) would be written. Undefined when the pattern has something else in braces, or two numbers.
 */
export function patternAt(pattern: string, at: Date): string | undefined {
  const rendered = pattern.replace(
    /\{\{\s*creation_date\s*\|\s*date:(?:'([^']*)'|"([^"]*)")\s*\}\}/g,
    (_, one, other) => formatTime(one ?? other, at),
  );
  if (/[{}]/.test(rendered) || rendered.split(number).length > 2) return undefined;
  return rendered;
}

/** The pattern's name that is not taken: with the number after the highest, which a pattern without one gets when its name is taken. */
export function nextName(pattern: string, taken: readonly string[]): string {
  if (!pattern.includes(number)) return taken.includes(pattern) ? nextName(`${pattern}-${number}`, taken) : pattern;
  const [before = "", after = ""] = pattern.split(number);
  const numbers = taken
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => Number(/^\d{1,9}$/.exec(name.slice(before.length, name.length - after.length))?.[0] ?? -1));
  return before + (Math.max(-1, ...numbers) + 1) + after;
}

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const two = (value: number) => String(value).padStart(2, "0");

/** What each piece of Go's reference time stands for; longer pieces before those that they begin with. */
const pieces: ReadonlyArray<readonly [piece: string, value: (at: Date) => string]> = [
  ["2006", (at) => String(at.getFullYear()).padStart(4, "0")],
  ["06", (at) => two(at.getFullYear() % 100)],
  ["January", (at) => months[at.getMonth()] ?? ""],
  ["Jan", (at) => (months[at.getMonth()] ?? "").slice(0, 3)],
  ["Monday", (at) => weekdays[at.getDay()] ?? ""],
  ["Mon", (at) => (weekdays[at.getDay()] ?? "").slice(0, 3)],
  ["01", (at) => two(at.getMonth() + 1)],
  ["02", (at) => two(at.getDate())],
  ["15", (at) => two(at.getHours())],
  ["03", (at) => two(at.getHours() % 12 || 12)],
  ["04", (at) => two(at.getMinutes())],
  ["05", (at) => two(at.getSeconds())],
  ["PM", (at) => (at.getHours() < 12 ? "AM" : "PM")],
  ["1", (at) => String(at.getMonth() + 1)],
  ["2", (at) => String(at.getDate())],
  ["3", (at) => String(at.getHours() % 12 || 12)],
  ["4", (at) => String(at.getMinutes())],
  ["5", (at) => String(at.getSeconds())],
];
const anyPiece = new RegExp(pieces.map(([piece]) => piece).join("|"), "g");

function formatTime(format: string, at: Date): string {
  return format.replace(anyPiece, (found) => pieces.find(([piece]) => piece === found)?.[1](at) ?? found);
}
