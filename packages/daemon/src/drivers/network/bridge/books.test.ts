import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Book } from "./books.ts";

it("has what was put, also for the next daemon, and does without what a power cut left half-written", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lodge-book-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  await new Book<{ mac: string }>(directory).put("nic1", { mac: "02:00:00:00:00:01" });
  await writeFile(join(directory, "nic2.json"), "");
  await writeFile(join(directory, "nic3.json"), '{"mac":"02:');
  const next = new Book<{ mac: string }>(directory);
  expect(await next.all()).toEqual([{ mac: "02:00:00:00:00:01" }]);
  expect(await readdir(directory)).toEqual(["nic1.json"]);
});
