/** The lint rule that holds the layers is a list of patterns: this shows that each of them bites. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../setup/places.mjs";
import { attempt } from "../setup/run.mjs";

/** @type {readonly (readonly [file: string, statement: string, allowed: boolean])[]} */
const cases = [
  ["packages/api/src/a.ts", 'import "@lodge/core";', false],
  ["packages/core/src/images/a.ts", 'import { z } from "@lodge/api"; z();', true],
  ["packages/core/src/images/b.ts", 'import "@lodge/qmp";', false],
  ["packages/core/src/images/c.ts", 'import "node:fs/promises";', false],
  ["packages/core/src/images/d.ts", 'import "node:crypto";', true],
  ["packages/sdk/src/a.ts", 'import type { Instance } from "@lodge/api"; export type A = Instance;', true],
  ["packages/sdk/src/b.ts", 'import { instanceSchema } from "@lodge/api"; instanceSchema();', false],
  ["packages/sdk/src/c.ts", 'import { LodgeError } from "@lodge/api/errors"; LodgeError();', true],
  ["packages/cli/src/a.ts", 'import "zod";', false],
  ["packages/cli/src/b.ts", 'import "@lodge/daemon";', false],
  ["packages/console/src/a.tsx", 'import { LodgeClient } from "@lodge/sdk/browser"; LodgeClient();', true],
  ["packages/console/src/b.tsx", 'import { connect } from "@lodge/sdk"; connect();', false],
  ["packages/console/src/c.tsx", 'import { instanceSchema } from "@lodge/api"; instanceSchema();', false],
  ["packages/console/src/d.ts", 'import "node:fs";', false],
  ["packages/daemon/src/main/drivers.ts", 'import "../drivers/instance/crun/driver.ts";', true],
  ["packages/daemon/src/main/parts.ts", 'import "../drivers/instance/crun/driver.ts";', false],
  ["packages/daemon/src/main.ts", 'import "./drivers/instance/crun/driver.ts";', false],
  ["packages/daemon/src/other.ts", 'import "./drivers/instance/crun/driver.ts";', false],
  ["packages/daemon/src/http/routes/a.ts", 'import "../../drivers/instance/crun/driver.ts";', false],
  ["packages/daemon/src/http/routes/b.ts", 'import "../../store/store.ts";', false],
  ["packages/daemon/src/store/a.ts", 'import "../http/server.ts";', false],
  ["packages/daemon/src/system/a.ts", 'import "../drivers/instance/crun/driver.ts";', false],
  ["packages/daemon/src/drivers/instance/qemu/a.ts", 'import "../crun/driver.ts";', false],
  ["packages/daemon/src/drivers/instance/qemu/b.ts", 'import "../../storage/dir/pool.ts";', false],
  ["packages/daemon/src/drivers/instance/qemu/c.ts", 'import "../../../system/run.ts";', true],
  ["packages/daemon/src/drivers/instance/qemu/d.ts", 'import "./ssh/connection.ts";', true],
];

let tree = "";
/** @type {string[]} */
let refused = [];

beforeAll(async () => {
  tree = mkdtempSync(join(tmpdir(), "lodge-layers-"));
  cpSync(join(checkout, ".oxlintrc.json"), join(tree, ".oxlintrc.json"));
  for (const [file, statement] of cases) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), `${statement}\n`);
  }
  const { stdout } = await attempt(join(checkout, "node_modules", ".bin", "oxlint"), ["--format=json"], { cwd: tree });
  /** @type {{ diagnostics: { filename: string, code: string }[] }} */
  const report = JSON.parse(stdout);
  refused = report.diagnostics.filter((d) => d.code.includes("no-restricted-imports")).map((d) => d.filename);
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

test.each(cases)("%s: %s", (file, _statement, allowed) => {
  expect(refused.includes(file)).toBe(!allowed);
});
