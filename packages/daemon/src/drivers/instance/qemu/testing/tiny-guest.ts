import { existsSync, readdirSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { DiskRoot, StagedImage } from "@lodge/core";
import { extractDirectBoot } from "../../../../system/disk/direct-boot.ts";
import { run } from "../../../../system/run.ts";
import { builderHash } from "../../../../system/testing/builder-hash.ts";

/** The disk of a guest for tests, and how to boot it directly. */
export type TestGuest = Pick<DiskRoot, "path" | "directBoot">;

const checkout = resolve(import.meta.dirname, "../../../../../../..");

/**
 * The guest that real QEMUs boot in tests: the qcow2 that LODGE_TEST_VM names, else the image `tiny` that the system tests keep,
 * else one built now. Kernel and initrd are put into `directory`.
 */
export async function tinyGuest(directory: string, signal: AbortSignal): Promise<TestGuest> {
  const source = process.env["LODGE_TEST_VM"] ?? cachedDisk() ?? (await buildDisk(directory, signal));
  const path = join(directory, "base.qcow2");
  await copyFile(source, path);
  const kernel = join(directory, "kernel");
  const initrd = join(directory, "initrd");
  const boot = await extractDirectBoot({ path, format: "qcow2" }, { kernel, initrd, scratch: directory }, signal);
  if (!boot) throw new Error(`${source} has no kernel that can be booted directly`);
  // An unprivileged QEMU reads them.
  for (const file of [path, kernel, initrd]) await chmod(file, 0o444);
  return { path, directBoot: { kernel, initrd, ...boot } };
}

function cachedDisk(): string | undefined {
  const cache = process.env["LODGE_TEST_CACHE"] || join(homedir(), ".cache", "lodge-test");
  const builder = join(cache, builderHash(checkout));
  const directories = ["tiny", "tiny.virtual-machine"].map((name) => join(builder, name, "virtual-machine"));
  const files = directories.filter(existsSync).flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  return files.find((file) => /\/rootfs[^/]*$/.test(file));
}

async function buildDisk(directory: string, signal: AbortSignal): Promise<string> {
  const script = join(checkout, "scripts/build-image.ts");
  const target = join(directory, "build");
  const args = ["--conditions=@lodge/source", script, "tiny", target, "virtual-machine"];
  const images = await run(process.execPath, args, { timeout: 300_000, signal });
  const [image] = JSON.parse(images) as StagedImage[];
  if (!image) throw new Error("the builder made no image");
  return image.rootfsFile;
}
