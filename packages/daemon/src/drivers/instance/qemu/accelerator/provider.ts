import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { hostBootId } from "../../../../system/host-boot-id.ts";
import type { LodgePaths } from "../../../../system/paths.ts";
import { kvmObstacle } from "./kvm-device.ts";
import { probeAccelerator } from "./probe.ts";
import type { AcceleratorProvider, AcceleratorVerdict, KnownVerdict } from "./verdict.ts";

export interface AcceleratorProviderOptions {
  readonly paths: LodgePaths;
  readonly log: Logger;
  /** Default: `qemu-system-x86_64` on PATH. */
  readonly program?: string;
}

/** Milliseconds: a stock kernel needs less than two where KVM works, and many more on a busy host that is a virtual machine itself. */
const patience = 30_000;

/**
 * Decides once in a boot of the host whether VMs run under KVM. That /dev/kvm opens proves nothing: only a guest that
 * reached user space does. The verdict is kept in LODGE_DIR.
 */
export function createAcceleratorProvider(options: AcceleratorProviderOptions): AcceleratorProvider & KnownVerdict {
  let decided: AcceleratorVerdict | undefined;
  let known: Promise<AcceleratorVerdict | undefined> | undefined;
  return {
    async verdict(kernel) {
      known ??= findVerdict(options, kernel);
      const verdict = await known.finally(() => undefined);
      decided = verdict;
      if (verdict) return verdict;
      known = undefined;
      return kernel === undefined ? unproven : this.verdict(kernel);
    },
    known: () => decided,
  };
}

const unproven: AcceleratorVerdict = {
  accelerator: "tcg",
  reason: "KVM is not proven yet: there is no kernel to probe it with before the first virtual machine starts",
};

async function findVerdict(
  options: AcceleratorProviderOptions,
  kernel: string | undefined,
): Promise<AcceleratorVerdict | undefined> {
  const file = join(options.paths.root, "accelerator.json");
  const hostBoot = await hostBootId();
  const kept = await readKept(file, hostBoot);
  if (kept) return kept;
  const verdict = await judge(options, kernel);
  if (!verdict) return undefined;
  options.log.info({ ...verdict }, "accelerator chosen");
  await writeFile(`${file}.new`, JSON.stringify({ ...verdict, hostBoot }), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return verdict;
}

async function readKept(file: string, hostBoot: string): Promise<AcceleratorVerdict | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, "utf8")) as AcceleratorVerdict & { readonly hostBoot?: string };
    return kept.hostBoot === hostBoot ? { accelerator: kept.accelerator, reason: kept.reason } : undefined;
  } catch {
    return undefined;
  }
}

/** Cheap looks first; undefined when only a boot can tell and there is no kernel for it. */
async function judge(
  { program = "qemu-system-x86_64" }: AcceleratorProviderOptions,
  given: string | undefined,
): Promise<AcceleratorVerdict | undefined> {
  const obstacle = cpuObstacle(await readFile("/proc/cpuinfo", "utf8")) ?? (await kvmObstacle());
  if (obstacle !== undefined) return { accelerator: "tcg", reason: obstacle };
  const kernel = given ?? (await hostKernel());
  if (kernel === undefined) return undefined;
  const problem = await probeAccelerator({ program, kernel, accelerator: "kvm", patience });
  return problem === undefined
    ? { accelerator: "kvm", reason: "a probe guest reached user space under KVM" }
    : { accelerator: "tcg", reason: `KVM does not work here: ${problem}` };
}

/** Why these processors cannot virtualize by themselves, or undefined when they say they can. */
export function cpuObstacle(cpuinfo: string): string | undefined {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(" ") ?? [];
  if (flags.includes("vmx") || flags.includes("svm")) return undefined;
  return "the processors show no hardware virtualization (neither vmx nor svm in /proc/cpuinfo)";
}

/** The host's own newest kernel, where it lies readable in /boot. */
async function hostKernel(): Promise<string | undefined> {
  const names = await readdir("/boot").catch(() => []);
  const newest = names
    .filter((name) => name.startsWith("vmlinuz-"))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);
  return newest && join("/boot", newest);
}
