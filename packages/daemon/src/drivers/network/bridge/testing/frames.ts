/** Ethernet frames by hand, to send what no honest system sends. Checksums stay zero: filters look at none. */

export function ethernet(destination: string, source: string, type: number, payload: Buffer): Buffer {
  return Buffer.concat([mac(destination), mac(source), uint16(type), payload]);
}

export interface Arp {
  readonly operation: "request" | "reply";
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetAddress: string;
}

export function arp({ operation, senderMac, senderAddress, targetAddress }: Arp): Buffer {
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, operation === "request" ? 1 : 2]);
  return Buffer.concat([head, mac(senderMac), ipv4Address(senderAddress), Buffer.alloc(6), ipv4Address(targetAddress)]);
}

export function ipv4(source: string, destination: string, protocol: number, payload: Buffer): Buffer {
  const head = Buffer.from([0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0]);
  head.writeUInt16BE(20 + payload.length, 2);
  return Buffer.concat([head, ipv4Address(source), ipv4Address(destination), payload]);
}

export function ipv6(source: string, destination: string, nextHeader: number, payload: Buffer): Buffer {
  const head = Buffer.from([0x60, 0, 0, 0, 0, 0, nextHeader, 255]);
  head.writeUInt16BE(payload.length, 4);
  return Buffer.concat([head, ipv6Address(source), ipv6Address(destination), payload]);
}

export function udp(source: number, destination: number): Buffer {
  return Buffer.concat([uint16(source), uint16(destination), uint16(16), uint16(0), Buffer.alloc(8)]);
}

/** `body` is what follows type, code, checksum and four bytes of flags. */
export function icmpv6(type: number, ...body: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]), ...body]);
}

/** An option of neighbour discovery that carries a link-layer address: 1 the source's, 2 the target's. */
export function linkLayerOption(type: 1 | 2, address: string): Buffer {
  return Buffer.concat([Buffer.from([type, 1]), mac(address)]);
}

export const nonceOption = Buffer.from([14, 1, 1, 2, 3, 4, 5, 6]);

export function ipv6Address(text: string): Buffer {
  const [head = "", tail = ""] = text.split("::");
  const groups = (half: string) => half.split(":").filter(Boolean);
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array.from({ length: missing }, () => "0"), ...groups(tail)];
  return Buffer.concat(all.map((group) => uint16(Number.parseInt(group, 16))));
}

function ipv4Address(text: string): Buffer {
  return Buffer.from(text.split(".").map(Number));
}

function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(":", ""), "hex");
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
