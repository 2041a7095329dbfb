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

/** The files of one of Lodge's images. */
export function sharedImage(room: Room, alias: string, type: InstanceType): Promise<SharedImage> {
  return room.once(`${type} ${alias}`, () => exportImage(room, alias, type));
}

/** A container's root file system as a tree of files. */
export function sharedRootTree(room: Room, alias: string): Promise<string> {
  return room.once(`tree of ${alias}`, async () => {
    const { rootfs } = await sharedImage(room, alias, "container");
    const tree = `${rootfs}.tree`;
    await mustRun("unsquashfs", ["-no-progress", "-dest", tree, rootfs]);
    return tree;
  });
}

/** A container's root file system as a tar archive. */
export function sharedRootTar(room: Room, alias: string): Promise<string> {
  return room.once(`archive of ${alias}`, async () => {
    const tree = await sharedRootTree(room, alias);
    const archive = `${tree}.tar`;
    await mustRun("tar", ["--create", "--file", archive, "--numeric-owner", "--directory", tree, "."]);
    return archive;
  });
}

async function exportImage(room: Room, alias: string, type: InstanceType): Promise<SharedImage> {
  const directory = join(room.directory, "images", `${alias.replaceAll("/", "-")}.${type}`);
  const files = { metadata: join(directory, "metadata.tar.xz"), rootfs: join(directory, "rootfs") };
  await mkdir(directory, { recursive: true });
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
