import type { Event, Operation } from "@lodge/api";
import { type Caller, hasEverything, mayDo, maySee } from "./caller.ts";

/** What opens something (an exec's websockets, a migration), and what commands were told. */
const secrets = ["fds", "control", "fs", "secret", "secrets", "environment"];

/** An operation as a caller may see it. Undefined: not at all. */
export function shownOperation(caller: Caller, operation: Operation, project: string): Operation | undefined {
  if (hasEverything(caller)) return operation;
  if (isTrustToken(operation) || !maySee(caller, project)) return undefined;
  if (mayDo(caller, "operate", project)) return operation;
  const metadata = Object.entries(operation.metadata).filter(([key]) => !secrets.includes(key));
  return { ...operation, metadata: Object.fromEntries(metadata) };
}

/** Whoever redeems one may become anything; secrets of images open an image that the viewer sees anyway. */
function isTrustToken(operation: Operation): boolean {
  return operation.class === "token" && operation.resources["images"] === undefined;
}

/** An event as a caller may see it. The daemon's log, and who is trusted, are for those who are trusted with everything. */
export function shownEvent(caller: Caller, event: Event): Event | undefined {
  if (hasEverything(caller)) return event;
  if (event.type === "operation") {
    const metadata = shownOperation(caller, event.metadata as Operation, event.project);
    return metadata && { ...event, metadata };
  }
  if (event.type === "logging" || !maySee(caller, event.project)) return undefined;
  const { source } = event.metadata as { readonly source?: unknown };
  return typeof source === "string" && source.startsWith("/1.0/certificates") ? undefined : event;
}
