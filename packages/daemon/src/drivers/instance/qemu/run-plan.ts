import type { InstanceSpec } from "@lodge/core";
import type { Accelerator, AcceleratorProvider } from "./accelerator/verdict.ts";
import { chooseBoot } from "./boot-choice.ts";
import type { DiskFiles } from "./disk-file.ts";
import type { Boot } from "./hardware/firmware.ts";
import { type Layout, layOut } from "./hardware/layout.ts";
import type { InstanceFiles } from "./instance-files.ts";
import { diskRoot, tapNic } from "./machine-spec.ts";
import type { QemuProgram } from "./program.ts";
import type { SshKey } from "./ssh-key.ts";

/** What is decided for a run before it starts. */
export interface RunPlan {
  readonly program: string;
  readonly machine: string;
  readonly accelerator: Accelerator;
  readonly boot: Boot;
  readonly layout: Layout;
  readonly key: SshKey;
}

export interface Planners {
  readonly program: QemuProgram;
  readonly accelerator: AcceleratorProvider;
}

/** Decides, and records what is to be the same in the instance's next run. */
export async function planRun(
  spec: InstanceSpec,
  disks: DiskFiles,
  files: InstanceFiles,
  planners: Planners,
): Promise<RunPlan> {
  const root = diskRoot(spec);
  const layout = layOut({
    rootDisk: spec.rootDisk,
    disks: disks.all.map(({ disk }) => disk),
    nics: spec.nics.map(tapNic),
    ports: await files.ports(),
  });
  const [machine, { accelerator }, boot, key] = await Promise.all([
    files.machineType().then((recorded) => planners.program.machineType(recorded)),
    planners.accelerator.verdict(root.directBoot?.kernel),
    chooseBoot(root, layout.rootFirst),
    files.sshKey(),
  ]);
  await files.recordMachineType(machine);
  await files.recordPorts(layout.ports);
  return { program: planners.program.file, machine, accelerator, boot, layout, key };
}
