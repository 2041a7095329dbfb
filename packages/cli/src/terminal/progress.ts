import type { Paint } from "./colour.ts";
import type { Output } from "./streams.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMilliseconds = 80;
/** What is over sooner is not shown: a line that flashes up tells nobody anything. */
const patience = 150;

/** Says on standard error what is under way: one moving line on a terminal, a plain line a step elsewhere. */
export class Progress {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #began = Date.now();
  #text = "";
  #step = "";
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output, paint: Paint) {
    this.#output = output;
    this.#paint = paint;
  }

  update(text: string): void {
    this.#text = text;
    if (this.#output.isTTY) this.#timer ??= setInterval(() => this.#draw(), frameMilliseconds).unref();
    else this.#writeStep(text);
  }

  /** Takes the line away. The progress can go on afterwards. */
  clear(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#output.isTTY && this.#frame > 0) this.#output.write("\r\x1b[K");
    this.#frame = 0;
  }

  #draw(): void {
    if (Date.now() - this.#began < patience) return;
    const frame = frames[this.#frame++ % frames.length] ?? "";
    const room = (this.#output.columns || 80) - 3;
    const text = this.#text.length > room ? `${this.#text.slice(0, room - 1)}…` : this.#text;
    this.#output.write(`\r${this.#paint("cyan", frame)} ${text}\x1b[K`);
  }

  #writeStep(text: string): void {
    const step = withoutPercent(text);
    if (step === this.#step) return;
    this.#step = step;
    this.#output.write(`${step}\n`);
  }
}

/** A step's name without how far it is: on a pipe each step is one line. */
export function withoutPercent(text: string): string {
  return text
    .replace(/\s*\([\d.]+[kMG]?B\/s\)/g, "")
    .replace(/\s*\(?\d{1,3}(\.\d+)?\s?%\)?:?/g, "")
    .replace(/:$/, "")
    .trim();
}
