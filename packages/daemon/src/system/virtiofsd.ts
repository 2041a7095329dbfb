import { access } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import { run } from "./run.ts";

/** The program that serves directories to guests. There are two: QEMU's own until 7.2, and the one in Rust that came after it. */
export interface Virtiofsd {
  readonly file: string;
  readonly style: "qemu" | "rust";
}

/** Not on PATH: the directories of Debian, Fedora and Arch, and that of QEMU's own. */
const places = ["/usr/libexec/virtiofsd", "/usr/lib/virtiofsd", "/usr/lib/qemu/virtiofsd"];

export const virtiofsdPackage = "Debian package virtiofsd, before Debian 13 qemu-system-common";

export async function findVirtiofsd(files: readonly string[] = places): Promise<Virtiofsd> {
  for (const file of files) {
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (there) return { file, style: styleOf(await run(file, ["--version"], { code: "host_unsupported" })) };
  }
  throw new LodgeError({
    code: "host_tool_missing",
    message: `The program virtiofsd is not installed on the host, which virtual machines need for shared directories; install it (${virtiofsdPackage}).`,
  });
}

/** By what `--version` prints. */
export function styleOf(version: string): Virtiofsd["style"] {
  return version.includes("QEMU Project") ? "qemu" : "rust";
}
