/**
 * GRUB's first sectors for BIOS, patched as `grub-bios-setup` does it (util/setup.c, include/grub/i386/pc/boot.h): the MBR
 * learns where the core image begins, the core image's first sector where the rest of it lies.
 */
import { sectorSize } from "./disk-layout.ts";

/** In boot.img: 8 bytes, the sector that it loads. */
const kernelSectorOffset = 0x5c;
/** In boot.img: 2 bytes, a jump over a check of the drive number. Nothing there: some firmwares pass a wrong number. */
const driveCheckOffset = 0x66;
/** The partition table and the disk's signature follow: not GRUB's. */
const codeLength = 440;
/** In the core image's first sector: its last entry, 8 bytes of start, 2 of length, 2 of segment. */
const blocklistOffset = sectorSize - 12;
const loadSegment = 0x820;

/** The boot code of the MBR, to be written over its first bytes. */
export function patchBootSector(bootImage: Buffer, coreSector: number): Buffer {
  const code = Buffer.from(bootImage.subarray(0, codeLength));
  code.writeBigUInt64LE(BigInt(coreSector), kernelSectorOffset);
  code.writeUInt16LE(0x9090, driveCheckOffset);
  return code;
}

/** The core image, padded to whole sectors, for a contiguous place beginning at a sector. */
export function patchCoreImage(coreImage: Buffer, coreSector: number): Buffer {
  const sectors = Math.ceil(coreImage.length / sectorSize);
  const patched = Buffer.alloc(sectors * sectorSize);
  coreImage.copy(patched);
  patched.writeBigUInt64LE(BigInt(coreSector + 1), blocklistOffset);
  patched.writeUInt16LE(sectors - 1, blocklistOffset + 8);
  patched.writeUInt16LE(loadSegment, blocklistOffset + 10);
  return patched;
}
