/** What events make stale: the nouns of the API's paths whose queries are to be asked anew. */
import type { Event } from "@lodge/api";
import { lifecycleOf, operationOf } from "@lodge/sdk/browser";

/** What says by whom it is used, and by how many. */
const users = ["networks", "storage-pools", "profiles", "projects", "images"] as const;

/** With which words of an event's action users come, go, or change what they use. */
const ofUsers = /^(instance|storage-volume|profile)-(created|deleted|updated|renamed|forked|restored|moved)$/;

/** Nouns that an event makes stale. Instances are read one by one: see `live.ts`. */
export function staleAfter(event: Event): readonly string[] {
  const operation = operationOf(event);
  if (operation) return operation.class === "token" ? ["tokens"] : [];
  const lifecycle = lifecycleOf(event);
  if (!lifecycle) return [];
  const { action, source } = lifecycle;
  const [, , noun = "server"] = new URL(source, "http://lodge").pathname.split("/");
  return [
    ...(noun === "instances" ? [] : [noun]),
    ...(ofUsers.test(action) ? users : []),
    ...(action === "instance-governed" ? ["governor"] : []),
  ];
}
