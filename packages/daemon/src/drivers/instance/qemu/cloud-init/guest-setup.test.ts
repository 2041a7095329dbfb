import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { guestSetup } from "./guest-setup.ts";

const trees = fileURLToPath(new URL("../../../../../../../images/guest", import.meta.url));

test("the script is one for the shell, and holds what our own images have", async () => {
  const script = await guestSetup(trees);
  await promisify(execFile)("sh", ["-n", "-c", script]);
  expect(script).toContain("put /usr/lib/lodge/lodge-ssh 0755 <<'END_OF_LODGE_FILE'\n#!/bin/sh\n");
  expect(script).toContain("ExecStart=/usr/lib/lodge/lodge-guest\n");
  expect(script.match(/^END_OF_LODGE_FILE$/gm)).toHaveLength(6);
});
