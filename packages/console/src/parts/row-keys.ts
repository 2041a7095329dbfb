import type { KeyboardEvent, RefObject } from "react";

/** How far a key goes. */
const steps: Readonly<Record<string, number>> = {
  ...{ ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 },
  ...{ Home: -Infinity, End: Infinity },
};

/**
 * Arrows go from row to row, Enter follows the row's first link, the space bar chooses it. Keys that are pressed in a field or on a button are
 * theirs.
 */
export function useRowKeys(
  table: RefObject<HTMLElement | null>,
  count: number,
  show: (index: number) => void,
): (event: KeyboardEvent) => void {
  const rowOf = (index: number) => table.current?.querySelector<HTMLElement>(`tr[data-index="${index}"]`);
  const go = (index: number) => {
    show(index);
    // It is there when the table has scrolled to it.
    requestAnimationFrame(() => requestAnimationFrame(() => rowOf(index)?.focus()));
  };
  return (event) => {
    const target = event.target as HTMLElement;
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const at = Number(target.closest("tr")?.dataset["index"] ?? (step > 0 ? -1 : count));
      return go(Math.max(0, Math.min(count - 1, at + step)));
    }
    if (target.tagName !== "TR") return;
    if (event.key === "Enter") target.querySelector<HTMLElement>("a, button")?.click();
    if (event.key === " ") {
      event.preventDefault();
      target.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click();
    }
  };
}
