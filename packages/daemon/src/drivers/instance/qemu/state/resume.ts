import type { InstanceSpec, Resumption } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import type { RunDirectory } from "../run-directory.ts";
import type { LoadRequest } from "./load.ts";
import { checkFit } from "./plan-resumption.ts";
import { goOn } from "./standstill.ts";
import { StateDirectory } from "./state-directory.ts";

/** Reads what a state is of; everything that can be refused is refused here, before QEMU starts. */
export async function openResumption(spec: InstanceSpec, resumption: Resumption): Promise<LoadRequest> {
  const directory = new StateDirectory(resumption.directory);
  const record = await directory.record();
  checkFit(spec, record);
  return { directory, record, resumption };
}

/** Lets a machine that has its state go on, or stand still as it was kept. */
export async function resume(
  qmp: QmpClient,
  run: { readonly directory: RunDirectory },
  { record, resumption }: LoadRequest,
): Promise<void> {
  await run.directory.noteStandstill(record.paused);
  await resumption.loaded?.();
  await goOn(run, qmp, record.paused);
}
