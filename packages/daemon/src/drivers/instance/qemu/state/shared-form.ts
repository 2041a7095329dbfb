import { closeSync, openSync } from "node:fs";
import { type FileHandle, readFile, rm } from "node:fs/promises";
import { LodgeError } from "@lodge/api/errors";
import type { InstanceId } from "@lodge/core";
import type { Cgroups } from "../../../../system/cgroups.ts";
import { createMemoryFile, digHoles, sealMemoryFile } from "../../../../system/memory-file.ts";
import { socketPair } from "../../../../system/socket-pair.ts";
import { lastWords } from "../exit-report.ts";
import type { VirtualMachine } from "../virtual-machine.ts";
import { type Holder, startHolder } from "./holder.ts";
import { putClock, readClock } from "./kvm-clock.ts";
import type { MachineRecord } from "./machine-record.ts";
import { receiveState, sendState, sendStill, setCapabilities, streamName } from "./migration.ts";
import type { StateForm } from "./save.ts";
import type { SharedMemories } from "./shared-memories.ts";
import { withoutZeros } from "./skip-zeros.ts";
import { checksumOf, type StateDirectory } from "./state-directory.ts";

/** Bytes of a stream that the daemon reads into its own memory. Larger ones are of machines whose memory is not mostly zeros. */
const mostRead = 2 ** 26;

export interface SharedFormRequest {
  readonly id: InstanceId;
  readonly vm: VirtualMachine;
  readonly machine: MachineRecord;
  readonly directory: StateDirectory;
  /** The memory is also to be there when the host has been started anew. */
  readonly lasting: boolean;
  readonly program: string;
  readonly cgroups: Cgroups;
  readonly memories: SharedMemories;
}

/**
 * Memory for any number of runs, and beside it a file of the devices. The machine runs while its memory is copied into that of a
 * holder; the holder then writes what is not memory, and goes. From then on the memory is sealed: no run can change it, whatever happens
 * to it.
 */
export async function sharedForm(request: SharedFormRequest): Promise<StateForm> {
  const { id, vm, machine, directory, memories } = request;
  await using undo = new AsyncDisposableStack();
  const memory = createMemoryFile(`lodge-${id}`, machine.memory);
  const file = { held: false };
  undo.defer(() => {
    if (!file.held) closeSync(memory);
  });
  undo.defer(() => rm(directory.holderLog, { force: true }));
  const log = openSync(directory.holderLog, "a", 0o600);
  undo.defer(() => closeSync(log));
  const { program, cgroups } = request;
  const holder = await startHolder({ id, vm, machine, memory, program, cgroups, log });
  undo.use(holder);
  const stack = undo.move();
  let received: Promise<void> | undefined;
  let clock: Buffer | undefined;
  return {
    async depart(departure, signal) {
      await introduce(holder, vm);
      received = receiveState(holder.qmp);
      received.catch(() => undefined);
      await explained(directory, sendState(vm.qmp(), departure, signal));
      if (machine.accelerator === "kvm") clock = await readClock(vm, vm.qmp());
    },
    async finish() {
      // The source goes on already: it need not wait for the holder to read the last of it.
      await explained(directory, received ?? Promise.reject(new Error("nothing was sent")));
      await writeDevices(holder, directory, clock);
      await holder[Symbol.asyncDispose]();
      if (request.lasting) await digHoles(memory);
      sealMemoryFile(memory);
      const kept = request.lasting ? await memories.write(memory, directory) : undefined;
      memories.hold(directory, memory);
      file.held = true;
      return { stream: await checksumOf(directory.stream), ...(kept && { memory: kept }) };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Gives both an end of the way from one to the other. */
async function introduce(holder: Holder, vm: VirtualMachine): Promise<void> {
  const qmp = vm.qmp();
  const [from, to] = socketPair();
  try {
    await setCapabilities(qmp, ["auto-converge", "pause-before-switchover"]);
    await setCapabilities(holder.qmp, []);
    await qmp.executeWithDescriptor(from, "getfd", { fdname: streamName });
    await holder.qmp.executeWithDescriptor(to, "getfd", { fdname: streamName });
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

async function writeDevices({ qmp }: Holder, directory: StateDirectory, clock: Buffer | undefined): Promise<void> {
  await using file = await directory.createStream();
  await setCapabilities(qmp, ["x-ignore-shared"]);
  await qmp.executeWithDescriptor(file.fd, "getfd", { fdname: streamName });
  await sendStill(qmp);
  if (clock) await putClock(file, clock);
  await leaveOutZeros(file);
  await file.sync();
}

/** Of what came beside the memory that is shared; however the stream is, it is as good as before. */
async function leaveOutZeros(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size > mostRead) return;
  const stream = Buffer.alloc(size);
  await file.read(stream, 0, size, 0);
  const kept = withoutZeros(stream);
  if (!kept) return;
  const whole = Buffer.concat(kept);
  await file.write(whole, 0, whole.length, 0);
  await file.truncate(whole.length);
}

/** What the holder says of it is worth more than that it is gone. */
async function explained<T>(directory: StateDirectory, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    const words = lastWords(await readFile(directory.holderLog, "utf8").catch(() => ""));
    if (!words || !(error instanceof LodgeError)) throw error;
    const message = `${error.message} The QEMU that took it over says: ${words}`;
    throw new LodgeError({ code: error.code, message, cause: error });
  }
}
