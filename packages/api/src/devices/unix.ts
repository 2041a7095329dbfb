import { absolutePath, boolean, integer } from "../values.ts";
import type { DeviceKey, DeviceType } from "./device-type.ts";
import { nodeKeys } from "./node-keys.ts";

const keys: readonly DeviceKey[] = [
  { key: "source", doc: "Path of the device on the host.", default: "the value of `path`", check: absolutePath },
  { key: "path", doc: "Path of the device inside.", default: "the value of `source`", check: absolutePath },
  {
    key: "major",
    doc: "Number of the device's driver; with `minor`, instead of looking at the source.",
    default: "the source's",
    check: integer(0, 4095),
  },
  { key: "minor", doc: "Number of the device.", default: "the source's", check: integer(0, 1_048_575) },
  ...nodeKeys("0660"),
  {
    key: "required",
    doc: "Whether the instance does not start while the source is missing.",
    default: "true",
    check: boolean,
  },
];

export const unixChar: DeviceType = {
  type: "unix-char",
  doc: "A character device of the host.",
  types: ["container"],
  keys,
};

export const unixBlock: DeviceType = {
  type: "unix-block",
  doc: "A block device of the host. The container reads and writes its blocks; a `disk` mounts what is on them.",
  types: ["container"],
  keys,
};
