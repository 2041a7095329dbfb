import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";

const page = 4096;

/** What a QEMU's guest has in its memory of that many bytes. */
export function guestMemory(pid: number, size: number): Buffer {
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const [from = 0, to = 0] = (/^\S+/.exec(line)?.[0] ?? "").split("-").map((text) => Number.parseInt(text, 16));
    if (to - from === size) return bytesOf(`/proc/${pid}/mem`, size, from);
  }
  throw new Error(`process ${pid} has no memory of ${size} bytes`);
}

/** What a fork began with. */
export function sealedMemory(pid: number): Buffer {
  const files = readdirSync(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`);
  const file = files.find((each) => readlinkSync(each).startsWith("/memfd:lodge-"));
  if (file === undefined) throw new Error(`process ${pid} has no sealed memory`);
  return bytesOf(file);
}

/** Where two memories of one size differ, in pages. */
export function differingPages(one: Buffer, other: Buffer): number[] {
  const numbers = Array.from({ length: one.length / page }, (_none, index) => index);
  return numbers.filter((number) => {
    const [from, to] = [number * page, (number + 1) * page];
    return one.compare(other, from, to, from, to) !== 0;
  });
}

function bytesOf(path: string, size?: number, from = 0): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(size ?? fstatSync(file).size);
    let done = 0;
    while (done < bytes.length) done += readSync(file, bytes, done, bytes.length - done, from + done);
    return bytes;
  } finally {
    closeSync(file);
  }
}
