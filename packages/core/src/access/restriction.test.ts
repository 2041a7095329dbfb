import { expect, it } from "vitest";
import { restrictionOf } from "./restriction.ts";

const viewer = { role: "viewer", projects: ["web"] } as const;

it.each([
  [{}, undefined, undefined],
  [{ restricted: false, projects: [] }, viewer, undefined],
  [{ restricted: true, projects: ["web", "web"] }, undefined, { role: "manager", projects: ["web"] }],
  [{ restricted: true, projects: ["web"], role: "operator" }, undefined, { role: "operator", projects: ["web"] }],
  [{ restricted: true, projects: ["default"] }, viewer, { role: "viewer", projects: ["default"] }],
  [{ restricted: true, projects: null }, viewer, { role: "viewer", projects: [] }],
] as const)("%j of %j is %j", (put, before, after) => {
  const { projects } = put as { projects?: readonly string[] | null };
  const request = { ...put, projects: projects && [...projects] };
  expect(restrictionOf(request, before, ["default", "web"])).toEqual(after);
});

it.each([
  [{ projects: ["web"] }, "request_invalid"],
  [{ role: "viewer" as const }, "request_invalid"],
  [{ restricted: true, projects: ["none"] }, "project_not_found"],
])("%j is refused", (put, code) => {
  expect(() => restrictionOf(put, undefined, ["web"])).toThrow(expect.objectContaining({ code }));
});
