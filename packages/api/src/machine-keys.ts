import type { ConfigKey } from "./config-keys.ts";
import { boolean } from "./values.ts";

/** Configuration of virtual machines' hardware. */
export const machineConfigKeys: readonly ConfigKey[] = [
  {
    key: "security.csm",
    doc: "Whether the virtual machine has a BIOS (SeaBIOS) instead of UEFI (OVMF), for systems that know no UEFI. Unset: what the disk is made for at the first start, and UEFI for an empty one; images that Lodge built load their kernel directly, under BIOS.",
    default: "by the disk",
    types: ["virtual-machine"],
    check: boolean,
    live: false,
  },
  {
    key: "security.secureboot",
    doc: "Whether UEFI starts only what is signed by Microsoft's keys or by those that the guest's owner enrolled. Not with `security.csm`.",
    default: "false",
    types: ["virtual-machine"],
    check: boolean,
    live: false,
  },
];
