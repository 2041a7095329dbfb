import type { KeptState, Progress, StateRequest } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import type { Logger } from "pino";
import type { VirtualMachine } from "../virtual-machine.ts";
import type { MachineRecord } from "./machine-record.ts";
import { sendState, setCapabilities } from "./migration.ts";
import { endStandstill, goOn, Standstill } from "./standstill.ts";
import { checksumOf, StateDirectory } from "./state-directory.ts";

const fdname = "state";
/** Milliseconds: half of what a fork's source may stand still, the other half is for the disks and what QEMU does besides. */
const downtime = 50;

/** Memory and devices in one file. */
export async function saveCopy(
  vm: VirtualMachine,
  machine: MachineRecord,
  { directory: path, still, afterwards, whole }: StateRequest,
  progress: Progress,
  signal: AbortSignal,
  log: Logger,
): Promise<KeptState> {
  const qmp = vm.qmp();
  const directory = new StateDirectory(path);
  const paused = (await vm.state()) === "paused";
  using standstill = new Standstill(qmp);
  await using file = await directory.createStream();
  await setCapabilities(qmp, ["auto-converge", "pause-before-switchover"]);
  await qmp.executeWithDescriptor(file.fd, "getfd", { fdname });
  await vm.directory.noteStandstill(paused);
  try {
    await sendState(qmp, fdname, { downtime, still, progress }, signal);
    if (afterwards === "run") await goOn(vm, qmp, paused);
    await file.sync();
    const stream = await checksumOf(directory.stream);
    await directory.put({ version: 1, form: "copy", qemu: await qemuVersion(qmp), machine, paused, stream });
    const kept = { size: stream.size, stoodStill: standstill.milliseconds };
    if (afterwards === "end") await whole?.(kept);
    if (afterwards === "end") await vm.kill();
    return kept;
  } catch (error) {
    await endStandstill(vm, log);
    throw error;
  }
}

export async function qemuVersion(qmp: QmpClient): Promise<string> {
  const { qemu } = await qmp.execute("query-version");
  return `${qemu.major}.${qemu.minor}.${qemu.micro}`;
}
