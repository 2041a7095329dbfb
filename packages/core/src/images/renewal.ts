import type { Config } from "@lodge/api";
import { asLodgeError } from "@lodge/api";
import type { Log } from "../log.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { Due } from "../snapshots/expiry.ts";
import type { ImageRecord, Store } from "../store.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** Fetched images that nobody has used for as long as `images.remote_cache_expiry` says, and that nothing uses. */
export function expiredImages(
  store: Store,
  config: () => Promise<Config>,
  remove: (project: string, fingerprint: string) => Promise<RunningOperation>,
): Due {
  return async (now) => {
    const days = Number((await config())["images.remote_cache_expiry"] ?? "10");
    if (days === 0) return [];
    const due = (await store.images.list()).filter((image) => image.cached && age(image, now) >= days * day);
    if (due.length === 0) return [];
    const users = [...(await store.instances.list()), ...(await store.backups.list())];
    const used = new Set(users.flatMap(({ fingerprint }) => fingerprint ?? []));
    return due
      .filter(({ fingerprint }) => !used.has(fingerprint))
      .map(({ project, fingerprint }) => ({
        of: { image: fingerprint, project },
        begin: () => remove(project, fingerprint),
      }));
  };
}

const age = ({ lastUsedAt, uploadedAt }: ImageRecord, now: Date): number =>
  now.getTime() - (lastUsedAt ?? uploadedAt).getTime();

export interface RenewalDependencies {
  readonly store: Pick<Store, "images">;
  readonly log: Log;
  readonly config: () => Promise<Config>;
  readonly refresh: (project: string, fingerprint: string) => Promise<RunningOperation>;
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Looks for newer images every `images.auto_update_interval` hours, one image at a time, until the signal is aborted. Never throws. */
export async function watchRenewal(deps: RenewalDependencies, signal: AbortSignal): Promise<void> {
  let hours = 0;
  while (!signal.aborted) {
    // In steps, so that a shorter interval takes effect soon.
    await deps.wait(hour, signal).catch(() => undefined);
    if (signal.aborted) return;
    hours++;
    try {
      const interval = Number((await deps.config())["images.auto_update_interval"] ?? "6");
      if (interval === 0 || hours < interval) continue;
      hours = 0;
      await renewAll(deps, signal);
    } catch (error) {
      deps.log.error({ err: asLodgeError(error) }, "cannot look for newer images");
    }
  }
}

async function renewAll({ store, log, refresh }: RenewalDependencies, signal: AbortSignal): Promise<void> {
  for (const { project, fingerprint, autoUpdate, source } of await store.images.list()) {
    if (!autoUpdate || !source?.alias || signal.aborted) continue;
    try {
      const operation = await refresh(project, fingerprint);
      await operation.done;
      if (operation.error) throw operation.error;
    } catch (error) {
      log.warn({ image: fingerprint, project, err: asLodgeError(error) }, "an image was not brought up to date");
    }
  }
}
