/**
 * The user space of the probe guest: an initramfs whose `/init` is a program of a few instructions that prints a line and
 * reboots. Made here, so that the probe needs nothing but a kernel.
 */

/** What the console shows when user space was reached. */
export const probeLine = "lodge-probe: user space reached";

export function probeInitramfs(): Buffer {
  return cpio([
    { name: "dev", mode: 0o040755 },
    { name: "dev/console", mode: 0o020600, device: { major: 5, minor: 1 } },
    { name: "init", mode: 0o100755, content: initProgram(`${probeLine}\n`) },
  ]);
}

interface Entry {
  readonly name: string;
  /** With the file type. */
  readonly mode: number;
  readonly content?: Buffer;
  readonly device?: { readonly major: number; readonly minor: number };
}

/** An archive in the `newc` format that the kernel unpacks. */
function cpio(entries: readonly Entry[]): Buffer {
  const all: Entry[] = [...entries, { name: "TRAILER!!!", mode: 0 }];
  return Buffer.concat(all.flatMap((entry, index) => member(entry, index + 1)));
}

function member({ name, mode, content = Buffer.alloc(0), device }: Entry, inode: number): Buffer[] {
  const { major, minor } = device ?? { major: 0, minor: 0 };
  const nameLength = Buffer.byteLength(name) + 1;
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, nameLength, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`;
  return [padded(Buffer.from(header)), padded(content)];
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

const loadAddress = 0x400000;
const elfHeaderSize = 64;
const programHeaderSize = 56;

/** A static ELF program for x86-64: write(1, text), reboot(RB_AUTOBOOT). */
function initProgram(text: string): Buffer {
  const message = Buffer.from(text);
  const code = Buffer.concat([
    bytes("b8 01 00 00 00"), // mov eax, SYS_write
    bytes("bf 01 00 00 00"), // mov edi, 1
    bytes("48 8d 35"), // lea rsi, [rip + …]: the text, behind the 34 bytes that follow
    int32(34),
    bytes("ba"), // mov edx, length
    int32(message.length),
    bytes("0f 05"), // syscall
    bytes("b8 a9 00 00 00"), // mov eax, SYS_reboot
    bytes("bf ad de e1 fe"), // mov edi, LINUX_REBOOT_MAGIC1
    bytes("be 69 19 12 28"), // mov esi, LINUX_REBOOT_MAGIC2
    bytes("ba 67 45 23 01"), // mov edx, LINUX_REBOOT_CMD_RESTART
    bytes("0f 05"), // syscall
    bytes("eb fe 90 90 90"), // loop for ever
  ]);
  return Buffer.concat([elfHeaders(code.length + message.length), code, message]);
}

function elfHeaders(length: number): Buffer {
  const offset = elfHeaderSize + programHeaderSize;
  const header = Buffer.alloc(offset);
  header.write("\x7fELF\x02\x01\x01", 0, "latin1");
  header.writeUInt16LE(2, 16); // executable
  header.writeUInt16LE(62, 18); // x86-64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(loadAddress + offset), 24); // entry
  header.writeBigUInt64LE(BigInt(elfHeaderSize), 32); // program headers
  header.writeUInt16LE(elfHeaderSize, 52);
  header.writeUInt16LE(programHeaderSize, 54);
  header.writeUInt16LE(1, 56);
  const segment = elfHeaderSize;
  header.writeUInt32LE(1, segment); // loaded
  header.writeUInt32LE(5, segment + 4); // read, execute
  header.writeBigUInt64LE(BigInt(loadAddress), segment + 16);
  header.writeBigUInt64LE(BigInt(loadAddress), segment + 24);
  header.writeBigUInt64LE(BigInt(offset + length), segment + 32);
  header.writeBigUInt64LE(BigInt(offset + length), segment + 40);
  header.writeBigUInt64LE(0x1000n, segment + 48);
  return header;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32LE(value);
  return buffer;
}
