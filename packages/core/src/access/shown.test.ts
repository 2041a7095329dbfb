import type { Event, Operation } from "@lodge/api";
import { expect, it } from "vitest";
import type { Caller } from "./caller.ts";
import { shownEvent, shownOperation } from "./shown.ts";

const caller = (role: "viewer" | "operator"): Caller => ({
  ...{ kind: "restricted", fingerprint: "ab", name: "ci", role, projects: ["web"] },
});
const operation = {
  ...{ id: "1", class: "websocket", description: "Executing command", status: "Running", status_code: 103 },
  metadata: { command: ["sh"], fds: { "0": "a secret" } },
} as unknown as Operation;
const event = (type: Event["type"], metadata: unknown, project: string): Event => ({
  ...{ type, metadata, project, timestamp: "", location: "none" },
});

it("shows operations of the caller's projects, and their secrets to those who may begin such", () => {
  expect(shownOperation({ kind: "local" }, operation, "default")).toBe(operation);
  expect(shownOperation(caller("operator"), operation, "web")).toBe(operation);
  expect(shownOperation(caller("viewer"), operation, "web")?.metadata).toEqual({ command: ["sh"] });
  expect(shownOperation(caller("operator"), operation, "default")).toBeUndefined();
  expect(shownOperation(caller("operator"), { ...operation, class: "token", resources: {} }, "web")).toBeUndefined();
});

it("shows events of the caller's projects", () => {
  const started = { action: "instance-started", source: "/1.0/instances/a" };
  const trusted = { action: "certificate-created", source: "/1.0/certificates/ab" };
  const seen = (each: Event) => shownEvent(caller("viewer"), each)?.metadata;
  expect(seen(event("lifecycle", started, "web"))).toBe(started);
  expect(seen(event("lifecycle", started, "default"))).toBeUndefined();
  expect(seen(event("lifecycle", trusted, "web"))).toBeUndefined();
  expect(seen(event("logging", { message: "x" }, "web"))).toBeUndefined();
  expect(seen(event("operation", operation, "web"))).toMatchObject({ metadata: { command: ["sh"] } });
  expect(seen(event("operation", operation, "web"))).not.toHaveProperty("metadata.fds");
});
