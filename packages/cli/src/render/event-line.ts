import type { Event, LogEntry } from "@lodge/api";
import { lifecycleOf, operationOf } from "@lodge/sdk";
import type { Paint } from "../terminal/colour.ts";

/** One line for a person: time, type, what happened. */
export function eventLine(event: Event, paint: Paint): string {
  const time = event.timestamp.slice(11, 23);
  return `${paint("dim", time)}  ${event.type.padEnd(9)}  ${what(event)}`;
}

function what(event: Event): string {
  const lifecycle = lifecycleOf(event);
  if (lifecycle) return `${lifecycle.action}  ${subject(lifecycle.source)}${context(lifecycle.context)}`;
  const operation = operationOf(event);
  if (operation) {
    const on = Object.values(operation.resources).flat().map(subject).join(", ");
    const outcome = [operation.status, progress(operation.metadata), operation.err].filter(Boolean).join(": ");
    return [operation.description, on, outcome].filter(Boolean).join("  ");
  }
  const { level, message, context: facts } = event.metadata as LogEntry;
  return `${level} ${message}${context(facts)}`;
}

/** `/1.0/instances/web?project=x` → `web`. */
function subject(url: string): string {
  return decodeURIComponent((url.split("?")[0] ?? "").split("/").slice(3).join("/") || url);
}

function progress(metadata: Readonly<Record<string, unknown>>): string {
  return String(Object.entries(metadata).find(([key]) => key.endsWith("_progress"))?.[1] ?? "");
}

function context(fields: unknown): string {
  const isEmpty = typeof fields !== "object" || fields === null || Object.keys(fields).length === 0;
  return isEmpty ? "" : `  ${JSON.stringify(fields)}`;
}
