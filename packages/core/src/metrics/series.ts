/** Points that are kept at most, and at first: most instances of a host that launches many are gone soon. */
const most = 720;
const atFirst = 45;

/**
 * Figures of the last hour, a row for each step; steps are numbered from wherever the clock began. Small: four bytes a figure, in a ring
 * that grows until it holds an hour. Missing is NaN.
 */
export class Series {
  readonly #width: number;
  #rows: Float32Array;
  /** Of the row that was put first and last; none yet where `#last` is smaller. */
  #first = 0;
  #last = -1;

  /** `width`: figures in a row. */
  constructor(width: number) {
    this.#width = width;
    this.#rows = new Float32Array(atFirst * width);
  }

  /** The step that was put last; -1: none. */
  get last(): number {
    return this.#last;
  }

  get bytes(): number {
    return this.#rows.byteLength;
  }

  /** Later than all before. Steps between are without figures. */
  put(step: number, row: readonly (number | undefined)[]): void {
    if (this.#last < 0) this.#first = step;
    this.#makeRoom(step);
    for (let between = Math.max(this.#last + 1, step - most); between < step; between++) this.#write(between, []);
    this.#write(step, row);
    this.#last = step;
    this.#first = Math.max(this.#first, step - most + 1);
  }

  /**
   * Means of a column over spans of `span` steps, from the span that begins with step `from` on, as long as steps before `to` are in
   * them. Null where there is no figure.
   */
  means(column: number, from: number, to: number, span: number): (number | null)[] {
    const means: (number | null)[] = [];
    for (let begin = from; begin < to; begin += span) {
      let sum = 0;
      let count = 0;
      for (let step = Math.max(begin, this.#first); step < begin + span && step <= this.#last; step++) {
        const figure = this.#rows[this.#place(step) + column] ?? Number.NaN;
        if (Number.isNaN(figure)) continue;
        sum += figure;
        count++;
      }
      means.push(count === 0 ? null : sum / count);
    }
    return means;
  }

  #write(step: number, row: readonly (number | undefined)[]): void {
    const place = this.#place(step);
    for (let column = 0; column < this.#width; column++) this.#rows[place + column] = row[column] ?? Number.NaN;
  }

  #place(step: number): number {
    return (step % (this.#rows.length / this.#width)) * this.#width;
  }

  #makeRoom(step: number): void {
    const wanted = Math.min(most, step - this.#first + 1);
    let room = this.#rows.length / this.#width;
    if (wanted <= room) return;
    while (room < wanted) room = Math.min(most, room * 2);
    const before = new Map<number, Float32Array>();
    for (let old = this.#first; old <= this.#last; old++)
      before.set(old, this.#rows.slice(this.#place(old), this.#place(old) + this.#width));
    this.#rows = new Float32Array(room * this.#width);
    for (const [old, row] of before) this.#rows.set(row, this.#place(old));
  }
}
