import { expect, it } from "vitest";
import { asLodgeError, errorCodes, errorKinds, exitStatus, httpStatus, LodgeError } from "./errors.ts";

it("gives every kind an HTTP status and an exit status of its own", () => {
  expect(Object.keys(httpStatus).sort()).toEqual([...errorKinds].sort());
  expect(new Set(Object.values(exitStatus)).size).toBe(errorKinds.length);
});

it("documents every code in a sentence", () => {
  for (const [code, { doc }] of Object.entries(errorCodes)) expect(doc, code).toMatch(/^[A-Z`].{20,}\.$/s);
});

it("passes LodgeErrors on, knows a full disk, and takes everything else for a fault of its own", () => {
  const known = new LodgeError({ code: "pool_full", message: "full" });
  expect(asLodgeError(known)).toBe(known);
  expect(asLodgeError(Object.assign(new Error("write"), { code: "ENOSPC" })).code).toBe("pool_full");
  expect(asLodgeError("text")).toMatchObject({ code: "internal", message: "text" });
});
