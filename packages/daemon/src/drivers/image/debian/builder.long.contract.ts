/** Builds the image tiny from the real mirror and boots it. Needs root, the network and minutes. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageBuilder, StagedImage } from "@lodge/core";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createImageFormat } from "../format/format.ts";
import { createDebianBuilder } from "./builder.ts";
import { diskLayout } from "./disk-layout.ts";
import { bootDisk } from "./testing/boot-disk.ts";

const log = pino({ level: "silent" });
const definitionsDirectory = join(import.meta.dirname, "../../../../../../images");
const builder: ImageBuilder = createDebianBuilder({ definitionsDirectory, log });
const never = new AbortController().signal;
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-build-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("the image tiny", () => {
  let images: readonly StagedImage[] = [];
  const progress: number[] = [];

  beforeAll(async () => {
    const yaml = (await builder.definitions()).get("tiny") ?? "";
    const target = await mkdtemp(join(directory, "tiny-"));
    const types = ["container", "virtual-machine"] as const;
    images = await builder.build(
      { yaml, types, directory: target },
      (_, percent) => progress.push(percent ?? -1),
      never,
    );
    expect((await readdir(target)).sort()).toEqual(["container", "virtual-machine"]);
  }, 600_000);

  it("has both artefacts in LXD's format", async () => {
    const format = createImageFormat({ log, architecture: "x86_64", now: () => new Date() });
    const unsaid = { directory, format: "auto", filename: "", properties: {} } as const;
    for (const { metadataFile, rootfsFile, ...image } of images) {
      const upload = { ...unsaid, rootfs: rootfsFile, ...(metadataFile && { metadata: metadataFile }) };
      expect(await format.accept(upload, () => {}, never)).toMatchObject(image);
    }
    expect(images.map(({ type }) => type)).toEqual(["container", "virtual-machine"]);
  });

  it("told how far it was, never going back", () => {
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBeGreaterThan(90);
  });

  it.each(["bios", "uefi"] as const)(
    "boots by %s, and writes to its root only",
    async (firmware) => {
      const disk = images.find(({ type }) => type === "virtual-machine")?.rootfsFile ?? "";
      const { greeting, agent, written } = await bootDisk(disk, firmware, directory);
      expect(greeting).toMatch(/^SSH-2\.0-OpenSSH/);
      expect(agent).toBe('{"return": {}}');
      const { root } = diskLayout(2 * 2 ** 30, 64 * 2 ** 20);
      expect(written.length).toBeGreaterThan(0);
      expect(written.filter((offset) => offset < root.start)).toEqual([]);
    },
    600_000,
  );
});

describe("a build that cannot succeed", () => {
  const build = async (yaml: string, signal = never) => {
    const target = await mkdtemp(join(directory, "failed-"));
    const error = await builder
      .build({ yaml, types: ["container"], directory: target }, () => {}, signal)
      .catch((reason: unknown) => reason);
    expect(await readdir(target)).toEqual([]);
    expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(target);
    return error;
  };
  const small = "name: small\nsuite: bookworm\nbootstrap: unpack\nupdates: false\nsecurity: false\n";

  it("for want of a mirror", async () => {
    expect(await build(`${small}mirror: http://127.0.0.1:9/debian`)).toMatchObject({ code: "mirror_unreachable" });
  });

  it("for want of a package", async () => {
    const error = await build(`${small}common:\n  packages: [no-such-package]`);
    expect(error).toMatchObject({ code: "image_build_failed", message: expect.stringContaining("no-such-package") });
  });

  it("by a command of its own", async () => {
    const yaml = `${small}common:\n  packages: [busybox-static]\n  trees: [guest/tiny]\n  commands: ['echo too bad; exit 3']`;
    expect(await build(yaml)).toMatchObject({
      code: "image_build_failed",
      message: expect.stringContaining("too bad"),
    });
  });

  it("since it is cancelled", async () => {
    const stop = new AbortController();
    const building = build(`${small}common:\n  packages: [linux-image-cloud-amd64]`, stop.signal);
    setTimeout(() => stop.abort(), 3000);
    expect(await building).toMatchObject({ name: "AbortError" });
  });
});
