import type { TemplateRecord } from "../store.ts";

/** Which templates go so that the others fit into the budget: those that were not used for the longest time. */
export function evicted(
  templates: readonly Pick<TemplateRecord, "id" | "size" | "lastUsedAt">[],
  budget: number,
): TemplateRecord["id"][] {
  const newest = templates.toSorted((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
  let left = budget;
  return newest.flatMap(({ id, size }) => {
    left -= size;
    return left < 0 ? [id] : [];
  });
}
