import { execFile } from "node:child_process";
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { treeUsage } from "./tree-usage.ts";

let tree: string;
beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), "lodge-usage-"));
});
afterEach(() => rm(tree, { recursive: true, force: true }));

const at = (...names: string[]) => join(tree, ...names);

async function byDu(): Promise<number> {
  const { stdout } = await promisify(execFile)("du", ["--summarize", "--block-size=1", tree]);
  return Number.parseInt(stdout, 10);
}

it("is what du says, of a small tree and of a large one", async () => {
  expect(await treeUsage(tree)).toBe(await byDu());
  await mkdir(at("a", "b"), { recursive: true });
  await writeFile(at("a", "b", "file"), "x".repeat(100_000));
  await link(at("a", "b", "file"), at("second name"));
  await symlink("/usr", at("a", "elsewhere"));
  await writeFile(at("a", "line\nbreak"), "y");
  const small = await treeUsage(tree);
  expect(small).toBe(await byDu());
  expect(small).toBeLessThan(200_000);
  for (let i = 0; i < 300; i++) await writeFile(at("a", `${i}`), "z");
  expect(await treeUsage(tree)).toBe(await byDu());
});

it("is that of no tree that is not there", async () => {
  await expect(treeUsage(at("none"))).rejects.toThrow();
});
