import { randomBytes } from "node:crypto";
import { LodgeError } from "@lodge/api/errors";
import type { Progress } from "@lodge/core";
import type { QmpClient, QmpCommands, QmpEvent } from "@lodge/qmp";

/** Milliseconds between questions how far it is. */
const progressInterval = 1_000;

type Stream = Omit<QmpCommands["block-stream"]["arguments"], "job-id">;

/** Moves what lies below a node into it, and resolves when that is done. Aborted, it is cancelled. */
export async function streamBlocks(
  qmp: QmpClient,
  stream: Stream,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const job = `job-${randomBytes(6).toString("hex")}`;
  const end = Promise.withResolvers<void>();
  const hear = ({ name, data }: QmpEvent) => {
    if (data["device"] !== job) return;
    if (name === "BLOCK_JOB_CANCELLED") end.reject(signal.reason ?? failed("it was cancelled"));
    if (name !== "BLOCK_JOB_COMPLETED") return;
    if (data["error"] === undefined) end.resolve();
    else end.reject(failed(String(data["error"])));
  };
  const cancel = () => void qmp.execute("block-job-cancel", { device: job, force: true }).catch(() => undefined);
  const ask = setInterval(() => void tell(qmp, job, progress), progressInterval);
  qmp.on("event", hear);
  qmp.once("close", end.reject);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    signal.throwIfAborted();
    await qmp.execute("block-stream", { "job-id": job, ...stream });
    await end.promise;
  } finally {
    end.promise.catch(() => undefined);
    clearInterval(ask);
    qmp.off("event", hear);
    qmp.off("close", end.reject);
    signal.removeEventListener("abort", cancel);
  }
}

async function tell(qmp: QmpClient, job: string, progress: Progress): Promise<void> {
  const jobs = await qmp.execute("query-block-jobs").catch(() => []);
  const found = jobs.find(({ device }) => device === job);
  if (found && found.len > 0) progress((100 * found.offset) / found.len);
}

function failed(words: string): LodgeError {
  const full = /No space left on device|Disk quota exceeded/i.test(words);
  return new LodgeError({
    code: full ? "pool_full" : "instance_operation_failed",
    message: `Merging disks failed in QEMU: ${words}.`,
  });
}
