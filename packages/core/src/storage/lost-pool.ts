import type { PoolDriver } from "./pool.ts";

/** A pool whose source is lost for good: what is removed from it is gone already, and it does nothing else (`gone` is thrown). */
export function lostPool(gone: Error): PoolDriver {
  const refuse = () => Promise.reject(gone);
  const nothing = async () => undefined;
  return {
    info: refuse,
    usage: refuse,
    unpackImage: refuse,
    removeImage: nothing,
    createRoot: refuse,
    copyRoot: refuse,
    replaceRoot: refuse,
    fillRoot: refuse,
    prepareRoot: refuse,
    settleRoot: nothing,
    settleRoots: nothing,
    removeRoot: nothing,
    rootUsage: refuse,
    snapshots: { create: refuse, restore: refuse, remove: nothing, usage: refuse },
    states: {
      create: refuse,
      path: () => {
        throw gone;
      },
      retain: nothing,
    },
    reconcile: nothing,
  };
}
