import { readFileSync } from "node:fs";
import { mustRun } from "../../test/harness/command.ts";
import type { Room } from "../scenario.ts";
import { type LodgePeer, lodgePeer } from "./lodge.ts";
import { stop } from "./rest-system.ts";

/** A virtual machine as Lodge started it cold. */
export interface MachineModel {
  readonly program: string;
  readonly args: readonly string[];
  /** Lodge's disk, and what it stands on. */
  readonly disk: string;
  readonly base: string;
}

/** How Lodge starts a machine of an image: it does so once, to be watched, and keeps the stopped instance for its disk. */
export function machineModel(room: Room, image: string): Promise<MachineModel> {
  return room.once(`model of ${image}`, () => watch(room, image));
}

async function watch(room: Room, image: string): Promise<MachineModel> {
  const lodge = await room.peer(lodgePeer);
  await lodge.image(image, "virtual-machine");
  const name = `model-${image.replaceAll(/\W/g, "-")}`;
  await lodge.launch(name, image, "virtual-machine");
  const model = await modelOf(lodge, name);
  await stop(lodge, name);
  return model;
}

async function modelOf(lodge: LodgePeer, name: string): Promise<MachineModel> {
  const command = readFileSync(`/proc/${await lodge.pid(name)}/cmdline`, "utf8")
    .split("\0")
    .slice(0, -1);
  const [program = "", ...args] = command;
  const disk = /"filename":"([^"]+\.qcow2)"/.exec(command.join("\n"))?.[1] ?? "";
  // Lodge's QEMU holds the disk's lock, and nothing is written here.
  const info = await mustRun("qemu-img", ["info", "--force-share", "--output=json", disk]);
  const base = (JSON.parse(info) as { "full-backing-filename"?: string })["full-backing-filename"];
  if (base === undefined) throw new Error(`${disk} stands on nothing`);
  return { program, args, disk, base };
}
