import { LodgeError } from "@lodge/api/errors";
import { expect, it } from "vitest";
import { asSpaceError } from "./space.ts";

it.each([
  ["a failed system call", Object.assign(new Error("write"), { code: "ENOSPC" })],
  [
    "a failed program",
    new LodgeError({ code: "pool_failed", message: "tar: x: Cannot write: No space left on device" }),
  ],
  [
    "one that was told apart already",
    new LodgeError({ code: "pool_full", message: "qemu-img create: No space left on device" }),
  ],
  ["an exhausted quota", Object.assign(new Error("write"), { code: "EDQUOT" })],
])("tells lack of space from %s", (_, error) => {
  expect(asSpaceError(error, "Unpacking")).toMatchObject({ code: "pool_full", cause: error });
});

it("leaves other failures and its own as they are", () => {
  for (const error of [new Error("other"), new LodgeError({ code: "pool_full", message: "A root needs 16 MiB." })]) {
    expect(asSpaceError(error, "Unpacking")).toBe(error);
  }
});
