import type { Accelerator } from "../accelerator/verdict.ts";

/** How often memory is gone through that is moved while its machine runs. */
export type Passes =
  /** Until little is left that was written since: the machine stands still for that. */
  | "many"
  /** Once; what was written meanwhile is moved while the machine stands still. */
  | "one";

/**
 * Before 9.0, QEMU loses what processors write that it emulates (TCG). At each pass it asks anew which pages are written from then on, but lets the
 * processors keep that they need not tell of those that they wrote to before: in their translation tables (TLBs), until those are emptied
 * for another reason. Such a page is moved as it was at the pass, and the machine that is made of it has a stack or a list of two moments.
 * So QEMU may ask only while the processors stand still: at the start, when it empties their tables as well, and at the end.
 */
export function passesFor(accelerator: Accelerator, qemu: { readonly major: number }): Passes {
  return accelerator === "tcg" && qemu.major < 9 ? "one" : "many";
}
