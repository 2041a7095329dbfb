/** The daemon's log as events of the type `logging`: LXD's, which `lxc monitor --type=logging --pretty` and `lodge monitor` show. */
import type { LogEntry } from "@lodge/api";
import type { EventBus } from "@lodge/core";
import type { LogOutput } from "./log-output.ts";

/** Publishes each line that is written from now on. */
export function announceLog(output: LogOutput, events: EventBus): void {
  let announcing = false;
  output.heard = (line) => {
    // What those who are told of a line log of it themselves would have no end.
    if (announcing) return;
    announcing = true;
    try {
      const entry = logEntry(line);
      if (entry) events.publish("logging", entry, "");
    } catch {
      // Whoever logs something goes on, whatever becomes of the event.
    } finally {
      announcing = false;
    }
  };
}

const levels = [
  [50, "error"],
  [40, "warning"],
  [30, "info"],
] as const;

/** Of a line that pino made. Clients read only texts as context. */
export function logEntry(line: string): LogEntry | undefined {
  const { level, msg, time: _time, pid: _pid, ...fields } = JSON.parse(line) as Record<string, unknown>;
  if (typeof level !== "number" || typeof msg !== "string") return undefined;
  return {
    level: levels.find(([least]) => level >= least)?.[1] ?? "debug",
    message: msg,
    context: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, text(value)])),
  };
}

/** Of an error, what it says. */
function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return "message" in value && typeof value.message === "string" ? value.message : JSON.stringify(value);
}
