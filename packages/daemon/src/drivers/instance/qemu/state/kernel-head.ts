/**
 * A machine that resumes has its kernel in its memory. QEMU has to be given one all the same, because that gives the machine the ROM that loads
 * kernels; it keeps a copy of all of it, and of the initrd, in memory of its own: so it is given no more than the head.
 */
import { chmod, open, writeFile } from "node:fs/promises";

/** Offsets of the boot protocol for x86 (the kernel's Documentation/arch/x86/boot.rst). */
const signature = { at: 0x202, is: "HdrS" };
const setupSectors = 0x1f1;
const sector = 512;

/** Writes the head of a kernel for everybody to read; false for what is no such kernel. */
export async function writeKernelHead(kernel: string, to: string): Promise<boolean> {
  await using file = await open(kernel, "r");
  const read = async (length: number) => (await file.read(Buffer.alloc(length), 0, length, 0)).buffer;
  const first = await read(2 * sector);
  if (first.toString("latin1", signature.at, signature.at + signature.is.length) !== signature.is) return false;
  // The boot sector, the setup code, and a beginning of the kernel itself.
  const sectors = 1 + (first.readUInt8(setupSectors) || 4) + 1;
  await writeFile(to, await read(sectors * sector), { mode: 0o444 });
  await chmod(to, 0o444);
  return true;
}
