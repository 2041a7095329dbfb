import { absolutePath } from "../values.ts";
import type { DeviceType } from "./device-type.ts";

export const tpm: DeviceType = {
  type: "tpm",
  doc: "A TPM 2.0, emulated by swtpm. Its state belongs to the instance. At most one.",
  types: ["virtual-machine"],
  keys: [
    {
      key: "path",
      doc: "Taken because clients of LXD give it; a virtual machine's guest names its TPM itself.",
      default: "",
      check: absolutePath,
    },
  ],
};
