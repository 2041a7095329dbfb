/** An image as every peer gets it: the same root file system in the forms that they take. */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { InstanceType } from "@lodge/api";
import { mustRun } from "../../test/harness/command.ts";
import type { Room } from "../scenario.ts";
import { lodgePeer } from "./lodge.ts";

export interface SharedImage {
  /** LXD's metadata archive. */
  readonly metadata: string;
  /** A squashfs of a container, a qcow2 of a virtual machine. */
  readonly rootfs: string;
}

/** The files of one of Lodge's images, made once a run. */
export async function sharedImage(room: Room, alias: string, type: InstanceType): Promise<SharedImage> {
  const directory = join(room.directory, "images", `${alias.replaceAll("/", "-")}.${type}`);
  const files = { metadata: join(directory, "metadata.tar.xz"), rootfs: join(directory, "rootfs") };
  if ((await mkdir(directory, { recursive: true })) === undefined) return files;
  const lodge = await room.peer(lodgePeer);
  await lodge.image(alias, type);
  const images = await lodge.client.images.list();
  const image = images.find((each) => each.type === type && each.aliases.some(({ name }) => name === alias));
  if (!image) throw new Error(`Lodge has no image ${alias} of type ${type}`);
  for await (const { part, content } of lodge.client.images.export(image.fingerprint)) {
    await pipeline(content, createWriteStream(part === "metadata" ? files.metadata : files.rootfs));
  }
  return files;
}

/** A container's root file system as a tar archive. */
export async function sharedRootTar(room: Room, alias: string): Promise<string> {
  const { rootfs } = await sharedImage(room, alias, "container");
  const [tree, archive] = [`${rootfs}.tree`, `${rootfs}.tar`];
  if ((await mkdir(tree, { recursive: true })) === undefined) return archive;
  await mustRun("unsquashfs", ["-force", "-no-progress", "-dest", tree, rootfs]);
  await mustRun("tar", ["--create", "--file", archive, "--numeric-owner", "--directory", tree, "."]);
  return archive;
}
