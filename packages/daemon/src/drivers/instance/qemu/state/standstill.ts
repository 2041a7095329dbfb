/** Machines that stand still while their state goes out or comes in. */
import type { QmpClient, QmpEvent } from "@lodge/qmp";
import type { Logger } from "pino";
import type { VirtualMachine } from "../virtual-machine.ts";

/** Lets a machine go on whose state has been sent or loaded. */
export async function goOn(vm: Pick<VirtualMachine, "directory">, qmp: QmpClient, paused: boolean): Promise<void> {
  // It has let go of its disks: only running it makes it take them again, also when it is to be paused.
  const going = qmp.execute("cont");
  // In the same breath: the guest gets no turn in between to speak of.
  const standing = paused ? qmp.execute("stop") : undefined;
  await Promise.all([going, standing]);
  await vm.directory.forgetStandstill();
}

/** Lets a machine go on that a daemon died over. */
export async function endStandstill(vm: VirtualMachine, log: Logger): Promise<void> {
  const noted = await vm.directory.standstill();
  if (!noted) return;
  try {
    const qmp = await vm.connected();
    await qmp.execute("migrate_cancel");
    let { status } = await qmp.execute("query-status");
    while (status === "finish-migrate") ({ status } = await qmp.execute("query-status"));
    if (status !== "running") return await goOn(vm, qmp, noted.paused);
    await vm.directory.forgetStandstill();
  } catch (err) {
    log.error({ err }, "a virtual machine that stood still for its state cannot go on");
  }
}

/** Measures by QEMU's own clock how long the machine stands still, in all. */
export class Standstill implements Disposable {
  readonly #qmp: QmpClient;
  #before = 0;
  #from: number | undefined;

  constructor(qmp: QmpClient) {
    this.#qmp = qmp;
    qmp.on("event", this.#hear);
  }

  /** 0 for one that was paused anyway; until now for one that still stands. */
  get milliseconds(): number {
    return this.#before + (this.#from === undefined ? 0 : Date.now() - this.#from);
  }

  [Symbol.dispose](): void {
    this.#qmp.off("event", this.#hear);
  }

  readonly #hear = ({ name, at }: QmpEvent): void => {
    if (name === "STOP") this.#from ??= at.getTime();
    if (name !== "RESUME" || this.#from === undefined) return;
    this.#before += at.getTime() - this.#from;
    this.#from = undefined;
  };
}
