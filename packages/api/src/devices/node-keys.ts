import { integer, octalMode } from "../values.ts";
import type { DeviceKey } from "./device-type.ts";

/** Who may use the node of a device in a container. */
export const nodeKeys = (mode: string): readonly DeviceKey[] => [
  { key: "uid", doc: "Owner of the node inside.", default: "0", types: ["container"], check: integer(0, 65_535) },
  { key: "gid", doc: "Group of the node inside.", default: "0", types: ["container"], check: integer(0, 65_535) },
  { key: "mode", doc: "Permissions of the node inside, octal.", default: mode, types: ["container"], check: octalMode },
];
