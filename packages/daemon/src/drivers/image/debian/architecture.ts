import type { InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { ImageDefinition } from "./definition.ts";

export interface Architecture {
  /** `amd64` */
  readonly debian: string;
  /** `x86_64`, as LXD and the kernel name it. */
  readonly kernel: string;
  /** The first serial line. */
  readonly serial: string;
}

const architectures: Readonly<Record<string, Architecture>> = {
  x64: { debian: "amd64", kernel: "x86_64", serial: "ttyS0" },
  arm64: { debian: "arm64", kernel: "aarch64", serial: "ttyAMA0" },
};

/** The host's, or `host_unsupported` when the definition wants another or the disk's boot loader is not made for it. */
export function architectureFor(
  definition: ImageDefinition,
  types: readonly InstanceType[],
  host: string = process.arch,
): Architecture {
  const architecture = architectures[host];
  const wanted = definition.architecture ?? architecture?.debian;
  if (!architecture || wanted !== architecture.debian) {
    throw unsupported(`The image ${definition.name} is for ${wanted ?? "amd64 or arm64"}; this host is ${host}.`);
  }
  if (types.includes("virtual-machine") && architecture.debian !== "amd64") {
    throw unsupported(`Disks for virtual machines are built on amd64 only; this host is ${host}.`);
  }
  return architecture;
}

function unsupported(message: string): LodgeError {
  return new LodgeError({ code: "host_unsupported", message });
}
