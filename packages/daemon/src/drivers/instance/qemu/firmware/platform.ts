import { isTrue } from "@lodge/api";
import { gptBytes, parseGpt, sectorSize } from "../../../../system/disk/gpt.ts";

/** What starts a machine that loads no kernel directly. */
export type Platform = "bios" | "uefi";

type Config = Readonly<Record<string, string>>;

/** What the configuration says, which the core has checked; undefined: the disk decides. */
export function wantedPlatform(config: Config): Platform | undefined {
  if (isTrue(config["security.secureboot"])) return "uefi";
  if (config["security.csm"]) return isTrue(config["security.csm"]) ? "bios" : "uefi";
  return isTrue(config["image.requirements.csm"]) ? "bios" : undefined;
}

/** Bytes from a disk's start that `diskPlatform` is to be given. */
export const headBytes = gptBytes;

const espType = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
/** Of the DOS partition table in the first sector. */
const dos = { code: 440, table: 446, entry: 16, entries: 4, type: 4, signature: 510, esp: 0xef };

/**
 * What a disk can be started by. One that says nothing, because nothing is on it yet, is started by UEFI, for which every
 * system of today has an installer.
 */
export function diskPlatform(head: Buffer): Platform {
  const partitions = parseGpt(head);
  if (partitions?.some(({ type }) => type === espType)) return "uefi";
  const first = head.subarray(0, sectorSize);
  if (first.length < sectorSize || first.readUInt16LE(dos.signature) !== 0xaa55) return "uefi";
  const types = Array.from({ length: dos.entries }, (_, i) => first[dos.table + i * dos.entry + dos.type]);
  if (types.includes(dos.esp)) return "uefi";
  return first.subarray(0, dos.code).every((byte) => byte === 0) ? "uefi" : "bios";
}
