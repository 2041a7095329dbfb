import type { InstanceSpec, Resumption } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { deviceId } from "../hardware/device.ts";
import type { ForkGrowth, RunDirectory } from "../run-directory.ts";
import { grow } from "../size/grow.ts";
import type { LoadRequest } from "./load.ts";
import { checkFit } from "./plan-resumption.ts";
import type { SharedMemories } from "./shared-memories.ts";
import { goOn } from "./standstill.ts";
import { StateDirectory } from "./state-directory.ts";

/** Reads what a state is of; everything that can be refused is refused here, before QEMU starts. */
export async function openResumption(
  spec: InstanceSpec,
  resumption: Resumption,
  memories: SharedMemories,
): Promise<LoadRequest> {
  const directory = new StateDirectory(resumption.directory);
  const record = await directory.record();
  checkFit(spec, record);
  if (record.form === "copy") return { directory, record, resumption };
  return { directory, record, resumption, memory: await memories.descriptor(directory, record) };
}

/** Lets a machine that has its state go on, or stand still as it was kept. The nics of a fork are without their cables. */
export async function resume(
  qmp: QmpClient,
  run: { readonly directory: RunDirectory },
  { record, resumption }: LoadRequest,
  growth: ForkGrowth | undefined,
): Promise<void> {
  const fork = resumption.as === "fork";
  const paused = record.paused && !fork;
  await run.directory.noteStandstill(paused);
  for (const { name } of fork ? record.machine.layout.nics : []) {
    await qmp.execute("set_link", { name: deviceId(name), up: false });
  }
  if (growth) await grow(qmp, growth.has, growth.wanted);
  await resumption.loaded?.();
  await goOn(run, qmp, paused);
}
