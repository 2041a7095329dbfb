import type { Operation } from "@lodge/api";

/** What an operation says of how far it is. */
export function progressOf({ metadata }: Pick<Operation, "metadata">): string {
  return Object.entries(metadata)
    .flatMap(([key, value]) => (key.endsWith("_progress") && typeof value === "string" ? [value] : []))
    .join(", ");
}
