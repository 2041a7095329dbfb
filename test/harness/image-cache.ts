/**
 * Images for tests: each is built once, by a daemon of its own that reaches the mirror, and kept as the files that
 * `lodge image export` gives, until its definition or the builder changes.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImageBuild, InstanceType } from "@lodge/api";
import type { LodgeClient } from "@lodge/sdk";
import { builderHash } from "../../packages/daemon/src/system/testing/builder-hash.ts";
import { startEmptyLodge } from "./lodge.ts";
import { checkout } from "./programs.ts";

/** What tests keep from run to run. */
export const cache = process.env["LODGE_TEST_CACHE"] || join(homedir(), ".cache", "lodge-test");
const builder = builderHash(checkout);

interface CachedImage {
  readonly type: InstanceType;
  readonly properties: Readonly<Record<string, string>>;
  readonly files: readonly { readonly part: string; readonly filename: string }[];
}

export interface ImageChoice {
  /** Default: the container's and the virtual machine's. */
  readonly type?: InstanceType;
  /** A definition with this alias as its name; default: the one in images/. */
  readonly yaml?: string;
}

/** Imports the images of a definition under its alias, building them first if they are not cached. */
export async function importCachedImage(
  client: LodgeClient,
  alias: string,
  { type, yaml }: ImageChoice = {},
): Promise<void> {
  const own = yaml === undefined ? "" : `-${createHash("sha256").update(yaml).digest("hex").slice(0, 16)}`;
  const both = join(cache, builder, alias.replaceAll("/", "-") + own);
  // Builds take minutes: where one type is wanted, the other is not made.
  const directory = type === undefined || existsSync(both) ? both : `${both}.${type}`;
  const source = yaml === undefined ? { definition: alias } : { yaml };
  if (!existsSync(directory)) await buildInto(directory, { ...source, ...(type && { types: [type] }) });
  const images = JSON.parse(readFileSync(join(directory, "images.json"), "utf8")) as CachedImage[];
  for (const image of images) {
    if (type === undefined || image.type === type) await importImage(client, alias, image, join(directory, image.type));
  }
}

async function importImage(client: LodgeClient, alias: string, image: CachedImage, directory: string): Promise<void> {
  const upload = (wanted: (part: string) => boolean) => {
    const file = image.files.find(({ part }) => wanted(part));
    return file && { filename: file.filename, content: createReadStream(join(directory, file.part)) };
  };
  const metadata = upload((part) => part === "metadata");
  const rootfs = upload((part) => part !== "metadata");
  if (!rootfs) throw new Error(`${directory} has no root file system; remove it to build it anew`);
  const operation = await client.images.import({
    type: image.type,
    rootfs,
    properties: image.properties,
    ...(metadata && { metadata }),
  });
  const { metadata: result } = await operation.wait();
  await client.images.addAlias({
    name: alias,
    description: "",
    target: String(result["fingerprint"]),
    type: image.type,
  });
}

/** Builds in a temporary directory beside the target and renames it: an interrupted build leaves no half image. */
async function buildInto(directory: string, source: ImageBuild): Promise<void> {
  await dropOlderBuilders();
  await mkdir(join(directory, ".."), { recursive: true });
  const scratch = await mkdtemp(`${directory}.`);
  try {
    await using lodge = await startEmptyLodge({ network: "host" });
    const build = await lodge.client.images.build(source);
    await build.wait();
    const images: CachedImage[] = [];
    // It had none before.
    for (const { type, fingerprint, properties } of await lodge.client.images.list()) {
      await mkdir(join(scratch, type));
      const files: { part: string; filename: string }[] = [];
      for await (const { part, filename, content } of lodge.client.images.export(fingerprint)) {
        await pipeline(content, createWriteStream(join(scratch, type, part)));
        files.push({ part, filename });
      }
      images.push({ type, properties, files });
    }
    await writeFile(join(scratch, "images.json"), JSON.stringify(images, null, 2));
    await rename(scratch, directory).catch((error: unknown) => {
      // Another file's test was faster.
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function dropOlderBuilders(): Promise<void> {
  await mkdir(cache, { recursive: true });
  for (const name of readdirSync(cache).filter((each) => /^[0-9a-f]{16}$/.test(each))) {
    if (name !== builder) await rm(join(cache, name), { recursive: true, force: true });
  }
}
