import { expect, it } from "vitest";
import { type Caller, mayDo, type Right } from "./caller.ts";

const restricted = (role: "viewer" | "operator" | "manager"): Caller => ({
  ...{ kind: "restricted", fingerprint: "ab", name: role, role, projects: ["web"] },
});
const rights: readonly Right[] = ["public", "identified", "view", "operate", "manage", "administer"];
const inProject: readonly Right[] = ["public", "identified"];

it.each<[string, Caller, string, readonly Right[]]>([
  ["the socket", { kind: "local" }, "any", rights],
  ["a certificate", { kind: "trusted", fingerprint: "ab", name: "laptop" }, "any", rights],
  ["a viewer", restricted("viewer"), "web", ["public", "identified", "view"]],
  ["an operator", restricted("operator"), "web", ["public", "identified", "view", "operate"]],
  ["a manager", restricted("manager"), "web", ["public", "identified", "view", "operate", "manage"]],
  ["a manager elsewhere", restricted("manager"), "default", inProject],
  ["a stranger", { kind: "untrusted" }, "web", ["public"]],
])("%s has its rights and no other", (_who, caller, project, expected) => {
  expect(rights.filter((right) => mayDo(caller, right, project))).toEqual(expected);
});
