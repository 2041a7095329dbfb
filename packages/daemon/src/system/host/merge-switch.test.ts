import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { MergeSwitch } from "./merge-switch.ts";

const directory = mkdtempSync(join(tmpdir(), "lodge-merge-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Each with a switch of the kernel's of its own, which stands at 0. */
function setUp(name: string) {
  const file = join(directory, name);
  writeFileSync(file, "0");
  const config: Record<string, string> = {};
  const warnings: unknown[] = [];
  const log = { info: () => undefined, warn: (fields: unknown) => warnings.push(fields) };
  const merging = new MergeSwitch({ config: async () => config, log, file });
  return { file, config, warnings, merging, state: () => readFileSync(file, "utf8") };
}

it("switches when it is told to, once, and leaves the host alone otherwise", async () => {
  const { file, config, merging, state } = setUp("run");
  await merging.look();
  expect(state()).toBe("0");
  config["governor.memory.merge"] = "on";
  await merging.look();
  expect(state()).toBe("1");
  writeFileSync(file, "0");
  await merging.look();
  expect(state()).toBe("0");
  config["governor.memory.merge"] = "off";
  await merging.look();
  expect(state()).toBe("2");
  config["governor.memory.merge"] = "";
  await merging.look();
  expect(state()).toBe("2");
});

it("says once that a kernel has no such thing", async () => {
  const { config, warnings, file } = setUp("none");
  config["governor.memory.merge"] = "on";
  const log = { info: () => undefined, warn: (fields: unknown) => warnings.push(fields) };
  const merging = new MergeSwitch({ config: async () => config, log, file: join(file, "run") });
  await merging.look();
  await merging.look();
  expect(warnings).toHaveLength(1);
});
