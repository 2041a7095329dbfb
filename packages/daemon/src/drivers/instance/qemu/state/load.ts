import { open } from "node:fs/promises";
import type { Resumption } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { receiveState, setCapabilities, streamName } from "./migration.ts";
import { checksumOf, type StateDirectory, type StateRecord, stateUnusable } from "./state-directory.ts";

/** A state that a new QEMU is to take over. */
export interface LoadRequest {
  readonly directory: StateDirectory;
  readonly record: StateRecord;
  readonly resumption: Resumption;
  /** Descriptor of the memory of a shared state. */
  readonly memory?: number;
}

/** Milliseconds to read a state, at least and for each byte of it: 10 MiB a second is a host in trouble. */
const patience = { least: 60_000, perByte: 1000 / (10 * 2 ** 20) };

/**
 * Gives a QEMU that waits for it a state, and resolves when it is read and proved to be what was written. The machine stands still
 * afterwards. A stream that does not fit ends QEMU: what it said is in its log.
 */
export async function loadState(qmp: QmpClient, request: LoadRequest, signal: AbortSignal): Promise<void> {
  const { directory, record } = request;
  const bound = AbortSignal.timeout(Math.ceil(patience.least + record.stream.size * patience.perByte));
  const end = AbortSignal.any([signal, bound]);
  const { promise: given, reject } = Promise.withResolvers<never>();
  given.catch(() => undefined);
  const abort = () => reject(signal.aborted ? signal.reason : stateUnusable("QEMU does not get through with it"));
  end.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([given, Promise.all([receive(qmp, request), verify(directory, record, end)])]);
  } finally {
    end.removeEventListener("abort", abort);
  }
}

async function receive(qmp: QmpClient, { directory, record, resumption }: LoadRequest): Promise<void> {
  // A fork would tell of an address that is another's.
  const silent = resumption.as === "fork" ? { "announce-rounds": 0 } : {};
  await using file = await open(directory.stream, "r");
  await Promise.all([
    qmp.execute("migrate-set-parameters", silent),
    setCapabilities(qmp, record.form === "copy" ? [] : ["x-ignore-shared"]),
    qmp.executeWithDescriptor(file.fd, "getfd", { fdname: streamName }),
  ]);
  await receiveState(qmp);
}

async function verify({ stream }: StateDirectory, record: StateRecord, signal: AbortSignal): Promise<void> {
  const { size, crc32 } = await checksumOf(stream, signal);
  if (size !== record.stream.size || crc32 !== record.stream.crc32) throw stateUnusable("its file was damaged");
}
