import type { QmpClient } from "@lodge/qmp";
import type { Logger } from "pino";
import type { Accelerator } from "./accelerator/verdict.ts";
import { allOf, type ProcessorPin, pinProperties } from "./hardware/processor.ts";
import type { InstanceFiles } from "./instance-files.ts";
import type { RunPlan } from "./run-plan.ts";

/**
 * Records what the processors of a machine that has just started can do, so that a later QEMU, which can do more, gives the guest the
 * same. One that cannot be described now is described at the next start.
 */
export async function pinProcessor(qmp: QmpClient, plan: RunPlan, files: InstanceFiles, log: Logger): Promise<void> {
  const { processor, accelerator } = plan;
  if (processor.kind !== "all") return;
  try {
    const pin = await readProcessorPin(qmp, accelerator);
    await files.recordHardware({ processors: { ...(await files.hardware()).processors, [accelerator]: pin } });
  } catch (err) {
    log.warn({ err }, "the processor of a virtual machine cannot be recorded");
  }
}

async function readProcessorPin(qmp: QmpClient, accelerator: Accelerator): Promise<ProcessorPin> {
  const [{ model }, { qemu }] = await Promise.all([
    qmp.execute("query-cpu-model-expansion", { type: "static", model: { name: allOf(accelerator) } }),
    qmp.execute("query-version"),
  ]);
  return { properties: pinProperties(model.props ?? {}), qemu: `${qemu.major}.${qemu.minor}.${qemu.micro}` };
}
