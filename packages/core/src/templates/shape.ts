import type { Config, Devices } from "@lodge/api";
import { readRootDisk } from "../instances/devices/disks.ts";
import { leastMemory } from "../instances/machine-room.ts";
import type { MachineSize } from "../instances/machine-size.ts";
import type { ExpandedInstance } from "../instances/records.ts";
import type { InstanceRecord } from "../store.ts";

import { templateMemory } from "./sizes.ts";

/** What a template is made of: all that a machine which forks from it cannot be without. */
export interface TemplateShape {
  readonly project: string;
  readonly fingerprint: string;
  readonly pool: string;
  /** The driver's tool and its version: a state is not carried over to another. */
  readonly tool: string;
  /** Keys that decide what the machine is. */
  readonly config: Config;
  readonly root: { readonly device: string; readonly settings: Config };
  /** In the order of their names. */
  readonly nics: readonly TemplateNic[];
  /** Bytes that it boots with, and forks have at least. Templates of earlier versions say none: `leastMemory`. */
  readonly memory?: number;
  /** What forks may have at most. Templates of earlier versions have none: they are of one size. */
  readonly room?: MachineSize;
}

export interface TemplateNic {
  readonly device: string;
  readonly model: string;
  /** Where it is while the template boots; forks are wherever they like. */
  readonly network: string;
}

/** Not `limits.cpu` and `limits.memory`: see `sizes.ts`. */
const machineKeys = ["limits.cpu.model", "security.csm"];

/** What of an instance says from which template it can begin. */
export interface Launching extends Pick<ExpandedInstance, "config" | "devices"> {
  readonly record: Pick<InstanceRecord, "name" | "project" | "type" | "fingerprint">;
}

/** The shape that an instance needs; it qualifies, see `templateRefusal`. */
export function templateShape({ record, config, devices }: Launching, tool: string, room: MachineSize): TemplateShape {
  const { device, pool } = readRootDisk(`instance ${record.name}`, devices);
  const { size = "", "io.bus": bus = "", "boot.priority": priority = "" } = devices[device] ?? {};
  return {
    project: record.project,
    fingerprint: record.fingerprint ?? "",
    pool,
    ...{ tool, room, memory: templateMemory(config) },
    config: given(Object.fromEntries(machineKeys.map((key) => [key, config[key] ?? ""]))),
    root: { device, settings: given({ size, "io.bus": bus, "boot.priority": priority }) },
    nics: Object.entries(devices)
      .filter(([, each]) => each["type"] === "nic")
      .map(([name, { model = "", network = "" }]) => ({ device: name, model, network }))
      .sort((a, b) => (a.device < b.device ? -1 : 1)),
  };
}

/** Equal for machines that fork from the same template, if they are large enough for it. */
export function shapeKey({ nics, room, memory: _memory, ...shape }: TemplateShape): string {
  return JSON.stringify({ ...shape, nics: nics.map(({ device, model }) => [device, model]), room });
}

/** The same for a template that is made now. */
export function renewShape(shape: TemplateShape, tool: string, room: MachineSize): TemplateShape {
  const config = Object.fromEntries(machineKeys.map((key) => [key, shape.config[key] ?? ""]));
  return { ...shape, ...{ tool, room }, config: given(config) };
}

/** The devices of a machine of this shape. */
export function shapeDevices({ root, nics, pool }: TemplateShape): Devices {
  const ofNics = nics.map(({ device, model, network }) => [
    device,
    { type: "nic", network, ...(model !== "" && { model }) },
  ]);
  return Object.fromEntries([...ofNics, [root.device, { type: "disk", path: "/", pool, ...root.settings }]]);
}

export const memoryOf = ({ memory }: TemplateShape): number => memory ?? leastMemory;

export const readShape = (shape: string): TemplateShape => JSON.parse(shape) as TemplateShape;

/** What is given, in the order of the keys. */
function given(values: Config): Config {
  const entries = Object.entries(values).filter(([, value]) => value !== "");
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A template has no name for users; this one is in messages, logs and its guest's name. */
export const templateName = ({ id }: Pick<InstanceRecord, "id">): string => `template-${id}`;
