import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lodge/core";
import { MemoryStore } from "@lodge/core/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keepsUnknown } from "./restored.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodge-restored-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it("keeps what is unknown from the start with an older copy on, until the administrator has looked", async () => {
  const path = join(directory, "lodge.db");
  const store = new MemoryStore();
  const start = () => keepsUnknown(store, path, silentLog);
  expect(await start()).toBe(false);
  const copy = await store.settings.get("starts");
  expect(await start()).toBe(false);
  if (copy) await store.settings.put(copy);
  expect(await start()).toBe(true);
  expect(await start()).toBe(true);
  expect(readFileSync(`${path}.restored`, "utf8")).toContain("older copy");
  rmSync(`${path}.restored`);
  expect(await start()).toBe(false);
});

it("does not take a daemon that died between the two counts for a restored one", async () => {
  const path = join(directory, "lodge.db");
  const store = new MemoryStore();
  await keepsUnknown(store, path, silentLog);
  await store.settings.put({ key: "starts", value: "2" });
  expect(await keepsUnknown(store, path, silentLog)).toBe(false);
  expect(existsSync(`${path}.restored`)).toBe(false);
});
