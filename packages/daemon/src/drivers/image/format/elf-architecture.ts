/** For which processor a program was made, by its ELF header. Pure. Numbers by the System V ABI and Linux' elf-em.h. */

/** As many bytes as `elfArchitecture` looks at. */
export const elfBytes = 20;

const machines: Readonly<Record<string, string>> = {
  "32le:3": "i686",
  "64le:62": "x86_64",
  "32le:40": "armv7l",
  "64le:183": "aarch64",
  "64le:243": "riscv64",
  "64le:21": "ppc64le",
  "64be:22": "s390x",
};

/** The kernel's name of it; undefined for what is no ELF program or for another processor. */
export function elfArchitecture(head: Buffer): string | undefined {
  if (head.length < elfBytes || head.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
  const bits = head.readUInt8(4) === 2 ? "64" : "32";
  const little = head.readUInt8(5) === 1;
  const machine = little ? head.readUInt16LE(18) : head.readUInt16BE(18);
  return machines[`${bits}${little ? "le" : "be"}:${machine}`];
}
