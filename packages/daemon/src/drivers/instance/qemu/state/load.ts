import { open } from "node:fs/promises";
import type { Resumption } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { MigrationWatch, setCapabilities } from "./migration.ts";
import { checksumOf, type StateDirectory, type StateRecord, stateUnusable } from "./state-directory.ts";

/** A state that a new QEMU is to take over. */
export interface LoadRequest {
  readonly directory: StateDirectory;
  readonly record: StateRecord;
  readonly resumption: Resumption;
}

const fdname = "state";
/** Milliseconds to read a state, at least and for each byte of it: 10 MiB a second is a host in trouble. */
const patience = { least: 60_000, perByte: 1000 / (10 * 2 ** 20) };

/**
 * Gives a QEMU that waits for it a state, and resolves when it is read and proved to be what was written. The machine stands still
 * afterwards. A stream that does not fit ends QEMU: what it said is in its log.
 */
export async function loadState(
  qmp: QmpClient,
  { directory, record }: LoadRequest,
  signal: AbortSignal,
): Promise<void> {
  const bound = AbortSignal.timeout(Math.ceil(patience.least + record.stream.size * patience.perByte));
  const end = AbortSignal.any([signal, bound]);
  const { promise: given, reject } = Promise.withResolvers<never>();
  given.catch(() => undefined);
  const abort = () => reject(signal.aborted ? signal.reason : stateUnusable("QEMU does not get through with it"));
  end.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([given, Promise.all([receive(qmp, directory, record), verify(directory, record, end)])]);
  } finally {
    end.removeEventListener("abort", abort);
  }
}

async function receive(qmp: QmpClient, { stream }: StateDirectory, { form }: StateRecord): Promise<void> {
  await setCapabilities(qmp, form === "copy" ? [] : ["x-ignore-shared"]);
  using way = new MigrationWatch(qmp);
  await using file = await open(stream, "r");
  await qmp.executeWithDescriptor(file.fd, "getfd", { fdname });
  await qmp.execute("migrate-incoming", { uri: `fd:${fdname}` });
  await way.reached("completed");
}

async function verify({ stream }: StateDirectory, record: StateRecord, signal: AbortSignal): Promise<void> {
  const { size, crc32 } = await checksumOf(stream, signal);
  if (size !== record.stream.size || crc32 !== record.stream.crc32) throw stateUnusable("its file was damaged");
}
