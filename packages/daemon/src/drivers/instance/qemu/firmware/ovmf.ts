import { access } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";

/** UEFI firmware: what QEMU runs, and what the variables of a new machine are. */
export interface UefiFirmware {
  readonly code: string;
  readonly template: string;
}

const directory = "/usr/share/OVMF";
/** Newer ones first. With Secure Boot: those that keep the guest's hands off the variables, with the usual keys enrolled. */
const candidates = {
  plain: [
    { code: `${directory}/OVMF_CODE_4M.fd`, template: `${directory}/OVMF_VARS_4M.fd` },
    { code: `${directory}/OVMF_CODE.fd`, template: `${directory}/OVMF_VARS.fd` },
  ],
  secure: [
    { code: `${directory}/OVMF_CODE_4M.secboot.fd`, template: `${directory}/OVMF_VARS_4M.ms.fd` },
    { code: `${directory}/OVMF_CODE.secboot.fd`, template: `${directory}/OVMF_VARS.ms.fd` },
  ],
} satisfies Record<string, UefiFirmware[]>;

/** Finds the host's UEFI firmware; `host_tool_missing` when there is none. */
export async function findUefi(secureBoot: boolean): Promise<UefiFirmware> {
  for (const { code, template } of candidates[secureBoot ? "secure" : "plain"]) {
    if ((await isThere(code)) && (await isThere(template))) return { code, template };
  }
  throw new LodgeError({
    code: "host_tool_missing",
    message: `This host has no UEFI firmware ${secureBoot ? "with Secure Boot " : ""}for virtual machines; install the Debian package ovmf, or start the instance by BIOS (security.csm=true).`,
  });
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
