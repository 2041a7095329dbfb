/** Paths inside instances and volumes, and the way to what is there. */
import type { InstanceFiles } from "@lodge/sdk";
import type { Context } from "../context.ts";
import { parseGuestPath } from "../paths.ts";
import { type Patience, whenReady } from "../when-ready.ts";

export interface Located {
  readonly files: InstanceFiles;
  /** The instance or volume, for messages. */
  readonly owner: string;
  readonly path: string;
  /** Written with a slash at its end: a directory is meant. */
  readonly directory: boolean;
  /** Does something there; waits until it can be done. */
  readonly attempt: <T>(work: () => Promise<T>) => Promise<T>;
}

/** `INSTANCE/path`. While the guest is booting, waits for it as long as wanted. */
export async function inInstance(context: Context, text: string, { wait, timeout }: Patience): Promise<Located> {
  const { instance, ...place } = parseGuestPath(text);
  const files = (await context.client()).instances.files(instance);
  return { ...place, files, owner: instance, attempt: (work) => whenReady(context, instance, { wait, timeout }, work) };
}

/** `VOLUME/path`. */
export async function inVolume(context: Context, pool: string, text: string): Promise<Located> {
  const { instance: volume, ...place } = parseGuestPath(text);
  const files = (await context.client()).pools.volumes(pool).files(volume);
  return { ...place, files, owner: volume, attempt: (work) => work() };
}
