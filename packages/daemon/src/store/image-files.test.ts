import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageStore, StagedImage } from "@lodge/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createImageFiles } from "./image-files.ts";

describe("image files", () => {
  const fingerprint = "a".repeat(64);
  let root: string;
  let files: ImageStore;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "lodge-images-"));
    files = createImageFiles({ images: join(root, "images"), staging: join(root, "staging") });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function staged(directory: string, split: boolean): Promise<StagedImage> {
    await writeFile(join(directory, "r"), "the root");
    if (split) await writeFile(join(directory, "m"), "the metadata");
    return {
      type: "container",
      ...(split && { metadataFile: join(directory, "m") }),
      rootfsFile: join(directory, "r"),
      fingerprint,
      size: 8,
      metadata: { architecture: "x86_64", creationDate: 0, properties: {} },
    };
  }

  it("moves a split image out of its staging", async () => {
    const staging = await files.stage();
    await files.keep(await staged(staging.directory, true));
    const { metadata, rootfs } = files.locate(fingerprint, true);
    expect(await readFile(metadata ?? "", "utf8")).toBe("the metadata");
    expect(await readFile(rootfs, "utf8")).toBe("the root");
    await staging.dispose();
    expect(await readdir(join(root, "staging"))).toEqual([]);
  });

  it("knows no metadata file of a unified image", async () => {
    const staging = await files.stage();
    await files.keep(await staged(staging.directory, false));
    expect(files.locate(fingerprint, false)).toEqual({ rootfs: join(root, "images", fingerprint, "rootfs") });
  });

  it("refuses an image that is there and keeps the first", async () => {
    const first = await files.stage();
    await files.keep(await staged(first.directory, true));
    const second = await files.stage();
    await expect(files.keep(await staged(second.directory, false))).rejects.toMatchObject({ code: "image_exists" });
    expect(await readdir(join(root, "images", fingerprint))).toEqual(["metadata", "rootfs"]);
  });

  it("leaves nothing when a file is missing", async () => {
    const staging = await files.stage();
    const image = await staged(staging.directory, true);
    await rm(image.rootfsFile);
    await expect(files.keep(image)).rejects.toThrow();
    expect(await readdir(join(root, "images"))).toEqual([]);
  });

  it("reconciles: unknown images and everything staged go, known ones stay", async () => {
    const staging = await files.stage();
    await files.keep(await staged(staging.directory, true));
    await files.reconcile([fingerprint]);
    expect(await readdir(join(root, "staging"))).toEqual([]);
    expect(await readdir(join(root, "images"))).toEqual([fingerprint]);
    await files.reconcile([]);
    expect(await readdir(join(root, "images"))).toEqual([]);
  });

  it("removes twice without complaint and refuses what is no fingerprint", async () => {
    await files.remove(fingerprint);
    await files.remove(fingerprint);
    expect(() => files.locate("../../etc", false)).toThrow();
  });
});
