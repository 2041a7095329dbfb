import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RecordedOutput } from "./recorded-output.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "lodge-recorded-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it("keeps what instances that are there have, and drops what others left", async () => {
  const recorded = new RecordedOutput(root);
  for (const uuid of ["here", "gone"]) {
    const { stdout, stderr } = await recorded.create(uuid, "1");
    stdout.end(uuid);
    stderr.end();
  }
  await recorded.keepOnly(async () => ["here", "new"]);
  expect(await recorded.list("gone")).toEqual([]);
  expect(await recorded.list("here")).toEqual(["exec_1.stderr", "exec_1.stdout"]);
  expect(await text(await recorded.read("here", "exec_1.stdout"))).toBe("here");
});

it("asks for nobody when there is nothing", async () => {
  await new RecordedOutput(join(root, "none")).keepOnly(() => Promise.reject(new Error("asked")));
});
