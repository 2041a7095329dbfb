import type { KeptState, Progress, StateRequest } from "@lodge/core";
import type { Logger } from "pino";
import { syncPath } from "../../../../system/durable.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import type { MachineRecord } from "./machine-record.ts";
import type { Departure } from "./migration.ts";
import { passesFor } from "./passes.ts";
import { endStandstill, goOn, Standstill } from "./standstill.ts";
import type { Checksum, StateDirectory } from "./state-directory.ts";

/** A way to keep a state. Disposed of, nothing of it is left but what `finish` put on disk. */
export interface StateForm extends AsyncDisposable {
  /** Resolves when the whole state is out of the machine, which stands still then. */
  depart(departure: Departure, signal: AbortSignal): Promise<void>;
  /** Resolves when it is where it is to be kept. */
  finish(): Promise<KeptParts>;
}

export interface KeptParts {
  readonly stream: Checksum;
  /** Of memory beside the stream, when it is on disk. */
  readonly memory?: Checksum;
}

export interface SaveRequest extends Pick<StateRequest, "form" | "still" | "afterwards" | "whole"> {
  readonly vm: VirtualMachine;
  readonly machine: MachineRecord;
  readonly directory: StateDirectory;
  /** The file that the root disk is written to. */
  readonly disk: () => Promise<string>;
  readonly log: Logger;
}

/** Milliseconds: half of what a fork's source may stand still, the other half is for the disks and what QEMU does besides. */
const downtime = 50;

/** Keeps a state and lets the machine go on, or ends it. */
export async function save(
  request: SaveRequest,
  way: StateForm,
  progress: Progress,
  signal: AbortSignal,
): Promise<KeptState> {
  const { vm, machine, directory, form, still, afterwards, whole, log } = request;
  const qmp = vm.qmp();
  const paused = (await vm.state()) === "paused";
  using standstill = new Standstill(qmp);
  const flush = flushing(await request.disk());
  await vm.directory.noteStandstill(paused);
  try {
    const { qemu: version } = await qmp.execute("query-version");
    const qemu = `${version.major}.${version.minor}.${version.micro}`;
    await flush();
    const advance = (percent: number) => {
      void flush();
      progress(percent);
    };
    const passes = passesFor(machine.accelerator, version);
    await way.depart({ downtime, passes, still, progress: advance }, signal);
    if (afterwards === "run") await goOn(vm, qmp, paused);
    const { stream, memory } = await way.finish();
    const prepared = await vm.directory.prepared();
    const parts = { ...(memory && { memory }), ...(prepared !== undefined && { prepared }) };
    await directory.put({ version: 1, form, qemu, machine, paused, stream, ...parts });
    const kept = { size: await directory.taken(), stoodStill: standstill.milliseconds };
    if (afterwards === "end") {
      await whole?.(kept);
      await vm.kill();
    }
    return kept;
  } catch (error) {
    await endStandstill(vm, log);
    throw error;
  }
}

/**
 * Writes out what the host holds back of a disk. QEMU does so while the machine stands still; the less is left by then, the shorter.
 */
function flushing(disk: string): () => Promise<void> {
  let under: Promise<void> | undefined;
  return () => {
    under ??= syncPath(disk)
      .catch(() => undefined)
      .finally(() => {
        under = undefined;
      });
    return under;
  };
}
