import { expect, it } from "vitest";
import { type Caller, mayDo, mayMeasure, type Right } from "./caller.ts";

const restricted = (role: "viewer" | "operator" | "manager"): Caller => ({
  ...{ kind: "restricted", fingerprint: "ab", name: role, role, projects: ["web"] },
});
const rights: readonly Right[] = ["public", "identified", "view", "operate", "manage", "metrics", "administer"];
const inProject: readonly Right[] = ["public", "identified", "metrics"];

it.each<[string, Caller, string, readonly Right[]]>([
  ["the socket", { kind: "local" }, "any", rights],
  ["a certificate", { kind: "trusted", fingerprint: "ab", name: "laptop" }, "any", rights],
  ["a viewer", restricted("viewer"), "web", ["public", "identified", "view", "metrics"]],
  ["an operator", restricted("operator"), "web", ["public", "identified", "view", "operate", "metrics"]],
  ["a manager", restricted("manager"), "web", ["public", "identified", "view", "operate", "manage", "metrics"]],
  ["a manager elsewhere", restricted("manager"), "default", inProject],
  ["a scraper", { kind: "metrics", fingerprint: "ab", name: "prometheus" }, "any", ["public", "metrics"]],
  ["a stranger", { kind: "untrusted" }, "web", ["public"]],
])("%s has its rights and no other", (_who, caller, project, expected) => {
  expect(rights.filter((right) => mayDo(caller, right, project))).toEqual(expected);
});

it("measures what it may see", () => {
  const scraper = (projects?: string[]): Caller => ({
    ...{ kind: "metrics", fingerprint: "ab", name: "prometheus" },
    ...(projects && { projects }),
  });
  expect([scraper(), scraper(["web"]), restricted("viewer")].map((caller) => mayMeasure(caller, "db"))).toEqual([
    true,
    false,
    false,
  ]);
  expect(mayMeasure(scraper(["web"]), "web")).toBe(true);
});
