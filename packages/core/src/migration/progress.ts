import type { OperationContext } from "../operations/operation.ts";
import { inWords } from "../storage/byte-words.ts";
import type { MigrationLink } from "./link.ts";

interface Clock {
  readonly now: () => Date;
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Says every second how much has gone, under the name that LXD's clients look for, until the returned function is called. */
export function reportBytes(
  link: Pick<MigrationLink, "bytes">,
  name: string,
  { report }: Pick<OperationContext, "report">,
  { now, wait }: Clock,
): () => void {
  const end = new AbortController();
  const tell = async () => {
    for (let [bytes, time] = [0, now().getTime()]; ; ) {
      await wait(1000, end.signal);
      const [gone, later] = [link.bytes, now().getTime()];
      const speed = ((gone - bytes) * 1000) / Math.max(1, later - time);
      if (gone > bytes) report({ fs_progress: `${name}: ${inWords(gone)} (${inWords(speed)}/s)` });
      [bytes, time] = [gone, later];
    }
  };
  tell().catch(() => undefined);
  return () => end.abort();
}

/** The bytes are news enough: LXD's clients show one progress, whichever. */
export function inSilence(context: OperationContext): OperationContext {
  return { ...context, report: () => undefined };
}
