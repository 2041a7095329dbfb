import { access } from "node:fs/promises";
import type { HostFinding } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { findProgram } from "../find-program.ts";
import { run } from "../run.ts";
import { findVirtiofsd, virtiofsdPackage } from "../virtiofsd.ts";
import { parseVersion } from "./parse.ts";

interface Tool {
  readonly program: string;
  /** Makes it print its version. */
  readonly argument: string;
  readonly debianPackage: string;
  /** What cannot be done without it. */
  readonly cost: string;
}

/** Every program that Lodge starts on the host and that a minimal Debian lacks. */
export function hostTools(architecture: string): readonly Tool[] {
  const vms = "virtual machines cannot run";
  const containers = "containers cannot run";
  const networks = "instances have no network";
  const builds = "images cannot be built";
  const qemuPackage = architecture === "aarch64" ? "qemu-system-arm" : "qemu-system-x86";
  return [
    { program: `qemu-system-${architecture}`, argument: "--version", debianPackage: qemuPackage, cost: vms },
    { program: "qemu-img", argument: "--version", debianPackage: "qemu-utils", cost: vms },
    { program: "swtpm", argument: "--version", debianPackage: "swtpm", cost: "virtual machines have no TPM" },
    {
      program: "mkfs.btrfs",
      argument: "--version",
      debianPackage: "btrfs-progs",
      cost: "there are no storage pools on btrfs",
    },
    {
      program: "rsync",
      argument: "--version",
      debianPackage: "rsync",
      cost: "containers cannot be moved between storage pools",
    },
    { program: "crun", argument: "--version", debianPackage: "crun", cost: containers },
    { program: "conmon", argument: "--version", debianPackage: "conmon", cost: containers },
    {
      program: "lxcfs",
      argument: "--version",
      debianPackage: "lxcfs",
      cost: "in containers, /proc shows the host's memory and processors",
    },
    { program: "ip", argument: "-V", debianPackage: "iproute2", cost: networks },
    { program: "nft", argument: "--version", debianPackage: "nftables", cost: networks },
    { program: "dnsmasq", argument: "--version", debianPackage: "dnsmasq-base", cost: networks },
    { program: "mmdebstrap", argument: "--version", debianPackage: "mmdebstrap", cost: builds },
    { program: "mksquashfs", argument: "-version", debianPackage: "squashfs-tools", cost: builds },
    { program: "mke2fs", argument: "-V", debianPackage: "e2fsprogs", cost: builds },
    { program: "sfdisk", argument: "--version", debianPackage: "fdisk", cost: builds },
    { program: "mcopy", argument: "--version", debianPackage: "mtools", cost: builds },
  ];
}

/** Looks for the tools; remembers those that it found, for their versions, and asks again for the others. */
export class ToolFinder {
  readonly #tools: readonly Tool[];
  readonly #found = new Map<string, HostFinding>();

  constructor(tools: readonly Tool[]) {
    this.#tools = tools;
  }

  find(): Promise<HostFinding[]> {
    return Promise.all(this.#tools.map((tool) => this.#findOne(tool)));
  }

  async #findOne(tool: Tool): Promise<HostFinding> {
    const known = this.#found.get(tool.program);
    if (known) return known;
    const finding = await look(tool);
    if (finding.ok) this.#found.set(tool.program, finding);
    return finding;
  }
}

/** Those that are not there; none is started for it. */
export async function missingTools(tools: readonly Tool[]): Promise<HostFinding[]> {
  const found = await Promise.all(tools.map(({ program }) => findProgram(program)));
  return tools.filter((_, index) => found[index] === undefined).map(missing);
}

const missing = ({ program, cost, debianPackage }: Tool): HostFinding => ({
  ...{ name: program, ok: false },
  detail: `not installed: ${cost}; install the Debian package ${debianPackage}`,
});

async function look(tool: Tool): Promise<HostFinding> {
  const { program, argument } = tool;
  try {
    const printed = await run(program, [argument], { timeout: 10_000 });
    return { name: program, ok: true, detail: parseVersion(printed) ?? "installed" };
  } catch (error) {
    if (error instanceof LodgeError && error.code === "host_tool_missing") return missing(tool);
    // It is there and prints its version in a way of its own.
    return { name: program, ok: true, detail: "installed" };
  }
}

const firmwares = ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_CODE.fd"];

/** What serves directories to virtual machines: it is on no PATH. */
export async function findShareServer(): Promise<HostFinding> {
  const name = "virtiofsd";
  return findVirtiofsd().then(
    ({ file }) => ({ name, ok: true, detail: file }),
    () => ({
      ...{ name, ok: false },
      detail: `not installed: virtual machines have no directories of the host and no volumes of files; install it (${virtiofsdPackage})`,
    }),
  );
}

/** UEFI firmware for virtual machines. */
export async function findFirmware(): Promise<HostFinding> {
  for (const path of firmwares) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return { name: "ovmf", ok: true, detail: path };
  }
  return {
    name: "ovmf",
    ok: false,
    detail: "no UEFI firmware: virtual machines boot by BIOS or not at all; install the Debian package ovmf",
  };
}
