import type { ConfigKey } from "./config-keys.ts";
import { rawArgumentsProblem } from "./raw-arguments.ts";
import { boolean, type ValueCheck } from "./values.ts";

const modelName: ValueCheck = (value) =>
  /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/.test(value) ? undefined : "is no name of a model of processor";

/** Configuration of virtual machines' hardware. */
export const machineConfigKeys: readonly ConfigKey[] = [
  {
    key: "limits.cpu.model",
    doc: "The processor that the virtual machine has, one of QEMU's models (`Nehalem-v1`, `EPYC-v4`). Unset: all that the host's processors (KVM) or the emulator (TCG) could do at the instance's first start, so that neither an upgrade of QEMU nor one of the host changes it.",
    default: "all, as of the first start",
    types: ["virtual-machine"],
    check: modelName,
    live: false,
  },
  {
    key: "migration.stateful",
    doc: "Whether the virtual machine's memory and devices may be kept (`lodge stop --stateful`, `lodge snapshot create --stateful`). LXD wants it set before; Lodge keeps what can be kept unless this is false.",
    default: "true",
    types: ["virtual-machine"],
    check: boolean,
    live: true,
  },
  {
    key: "raw.qemu",
    doc: "More arguments for QEMU, as in a shell's line, after Lodge's own. Only where the daemon was started with `LODGE_ALLOW_RAW=1`: they can give a guest whatever the virtual machine's user on the host may reach. Arguments that would undo QEMU's sandbox or take it out of Lodge's hands are refused.",
    default: "",
    types: ["virtual-machine"],
    check: rawArgumentsProblem,
    live: false,
  },
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
