/** Checks a virtual machine's disk: a qcow2 that needs no other file, whose every cluster can be read. */
import { open } from "node:fs/promises";
import { z } from "zod";
import { checkDiskSize } from "./disk-size.ts";
import { refuse } from "./refuse.ts";
import { givenFile, outputUnprivileged } from "./unprivileged.ts";

const headerLength = 104;
/** Exit status of `qemu-img check`: some space of the file is not used, as after a guest that was cut off. No damage. */
export const onlyLeaks = 3;

export interface Qcow2Header {
  /** How many older states of the disk it holds beside the present one. */
  readonly snapshots: number;
}

const infoSchema = z.object({
  format: z.literal("qcow2"),
  "virtual-size": z.number(),
  "backing-filename": z.never().optional(),
  encrypted: z.literal(false).optional(),
});
const checkSchema = z.object({ "check-errors": z.literal(0), corruptions: z.literal(0).optional() });

/** Reads the header alone. */
export async function readQcow2Header(path: string): Promise<Qcow2Header> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headerLength), 0, headerLength, 0);
  return checkQcow2Header(buffer.subarray(0, bytesRead));
}

export async function checkQcow2(path: string, signal: AbortSignal): Promise<void> {
  const { snapshots } = await readQcow2Header(path);
  if (snapshots > 0) throw refuse("its disk has internal snapshots");
  await using file = await open(path, "r");
  const tool = async (...args: string[]) => {
    let text = "";
    const onLine = (line: string) => {
      text += `${line}\n`;
      if (text.length > 1 << 20) throw refuse("its disk has more faults than can be listed");
    };
    await outputUnprivileged(file, ["qemu-img", ...args], signal, onLine, { fine: [onlyLeaks] });
    return text;
  };
  const info = expect(
    infoSchema,
    await tool("info", "--output=json", "-f", "qcow2", givenFile),
    "its disk is no plain qcow2",
  );
  const size = info["virtual-size"];
  checkDiskSize(BigInt(size));
  expect(checkSchema, await tool("check", "--output=json", "-f", "qcow2", givenFile), "its disk is damaged");
  const nowhere = `driver=null-co,size=${size}`;
  await tool("convert", "-n", "-f", "qcow2", "--target-image-opts", givenFile, nowhere);
}

/**
 * Pure: before any tool opens the file, since a tool would open the files that it names, too. Fields by QEMU's
 * docs/interop/qcow2.txt.
 */
export function checkQcow2Header(header: Buffer): Qcow2Header {
  if (header.length < 72) throw refuse("its disk is cut off in the header");
  if (header.toString("latin1", 0, 4) !== "QFI\xfb") throw refuse("its disk is no qcow2");
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refuse(`its disk is of an unknown qcow2 version (${version})`);
  if (header.readBigUInt64BE(8) !== 0n) throw refuse("its disk has a backing file");
  if (header.readUInt32BE(32) !== 0) throw refuse("its disk is encrypted");
  checkDiskSize(header.readBigUInt64BE(24));
  const snapshots = header.readUInt32BE(60);
  if (version === 2) return { snapshots };
  if (header.length < headerLength) throw refuse("its disk is cut off in the header");
  const incompatible = header.readBigUInt64BE(72);
  if (incompatible & 0b10n) throw refuse("its disk is marked as corrupt");
  if (incompatible & 0b100n) throw refuse("its disk keeps its data in another file");
  return { snapshots };
}

function expect<T>(schema: z.ZodType<T>, text: string, problem: string): T {
  const result = schema.safeParse(parseJson(text));
  if (result.success) return result.data;
  throw refuse(`${problem} (${result.error.issues[0]?.path.join(".")})`, result.error);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
