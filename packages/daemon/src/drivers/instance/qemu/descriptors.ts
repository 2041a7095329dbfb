import { closeSync } from "node:fs";
import { inherited } from "./launch.ts";

/** Descriptors that a child inherits; the daemon's own copies are closed in the end. */
export class Descriptors implements Disposable {
  readonly #held: number[] = [];
  readonly passed: number[] = [];

  hold(descriptor: number): number {
    this.#held.push(descriptor);
    return descriptor;
  }

  /** Returns the number that the child sees. */
  pass(descriptor: number): number {
    return this.lend(this.hold(descriptor));
  }

  /** As `pass`, of a descriptor that its owner closes. */
  lend(descriptor: number): number {
    return inherited(this.passed.push(descriptor) - 1);
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#held) closeSync(descriptor);
  }
}
