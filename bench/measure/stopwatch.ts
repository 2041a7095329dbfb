import type { ControlGroup } from "./control-groups.ts";
import type { Curve } from "./memory-curves.ts";

/** One measured step. */
export interface Sample {
  /** What was timed: "launch to first reply". */
  readonly figure: string;
  readonly milliseconds: number;
  /** Seconds of processor time that the peer used meanwhile, with its daemons and the guest. */
  readonly processor: number;
  /** Bytes that the peer held at most, with its daemons and all its instances. */
  readonly memory: number;
}

/** Something else that a round found out, not a time. */
export interface Note {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
}

/** What instances had of memory in the course of a round. */
export interface Drawing {
  readonly curves: readonly Curve[];
  /** Bytes that the scale goes up to. */
  readonly most: number;
}

/** Milliseconds between two looks at the memory. */
const interval = 25;

/** Of one round of one entry. */
export class Stopwatch {
  readonly samples: Sample[] = [];
  readonly notes: Note[] = [];
  drawing: Drawing | undefined;
  readonly #group: ControlGroup;

  constructor(group: ControlGroup) {
    this.#group = group;
  }

  async time<T>(figure: string, work: () => Promise<T>): Promise<T> {
    const before = this.#group.read();
    let memory = before.memory;
    const looking = setInterval(() => {
      memory = Math.max(memory, this.#group.read().memory);
    }, interval);
    try {
      const begun = performance.now();
      const result = await work();
      const milliseconds = performance.now() - begun;
      const after = this.#group.read();
      memory = Math.max(memory, after.memory);
      this.samples.push({ figure, milliseconds, processor: after.processor - before.processor, memory });
      return result;
    } finally {
      clearInterval(looking);
    }
  }

  note(figure: string, value: number, unit: string): void {
    this.notes.push({ figure, value, unit });
  }

  draw(drawing: Drawing): void {
    this.drawing = drawing;
  }
}
