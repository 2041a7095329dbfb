import type { Event } from "@lodge/api";
import { expect, it } from "vitest";
import { staleAfter } from "./stale.ts";

const event = (type: Event["type"], metadata: unknown): Event => ({
  ...{ type, metadata, timestamp: "", location: "none", project: "default" },
});
const users = ["networks", "storage-pools", "profiles", "projects", "images"];

it.each([
  ["instance-started", "/1.0/instances/a", []],
  ["instance-created", "/1.0/instances/a?project=team", users],
  ["instance-governed", "/1.0/instances/a", ["governor"]],
  ["network-forward-created", "/1.0/networks/lodgebr0/forwards/::1", ["networks"]],
  ["storage-volume-created", "/1.0/storage-pools/default/volumes/custom/a", ["storage-pools", ...users]],
  ["config-updated", "/1.0", ["server"]],
  ["project-deleted", "/1.0/projects/team", ["projects"]],
])("after %s of %s asks anew for %j", (action, source, nouns) =>
  expect(staleAfter(event("lifecycle", { action, source }))).toEqual(nouns),
);

it("asks anew for tokens when there is one more or one less, and for nothing after other operations", () => {
  expect(staleAfter(event("operation", { class: "token" }))).toEqual(["tokens"]);
  expect(staleAfter(event("operation", { class: "task" }))).toEqual([]);
});
