import {
  dueOfInstances,
  dueOfVolumes,
  expiredBackups,
  expiredImages,
  expiredOfInstances,
  expiredOfVolumes,
  expiredVolumeBackups,
  watchChains,
  watchExpiry,
  watchGovernor,
  watchLifetimes,
  watchPools,
  watchRenewal,
  watchSchedules,
  watchUsage,
  watchWarnings,
} from "@lodge/core";
import { MergeSwitch } from "../system/host/merge-switch.ts";
import { watchIdleMemory } from "../system/idle-memory.ts";
import type { Parts } from "./parts.ts";

/** Work that comes round while the daemon serves, until the signal is aborted. */
export function watchAll({ services, deps, runs, governor, seeing, watching }: Parts, signal: AbortSignal): void {
  const { store, log } = deps;
  void watchLifetimes(deps, runs, signal);
  const { snapshots, volumeSnapshots, backups } = services;
  const expired = [
    expiredOfInstances(store, snapshots),
    expiredOfVolumes(store, volumeSnapshots),
    expiredBackups(store, backups),
    expiredVolumeBackups(store, services.volumeBackups),
    expiredImages(
      store,
      () => services.config.get(),
      async (project, fingerprint) => (await services.images.of(project)).delete(fingerprint),
    ),
  ];
  const due = [dueOfInstances(store, runs, snapshots), dueOfVolumes(store, volumeSnapshots)];
  void watchExpiry(deps, expired, signal);
  void watchSchedules(deps, due, signal);
  void watchChains(deps, runs, signal);
  void watchRenewal(
    {
      ...{ store, log, wait: deps.wait, config: () => services.config.get() },
      refresh: async (project, fingerprint) => (await services.remoteImages.of(project)).refresh(fingerprint),
    },
    signal,
  );
  const merging = new MergeSwitch({ config: () => services.config.get(), log });
  const round = async () => {
    await merging.look();
    await governor.round();
  };
  void watchGovernor({ round }, deps.wait, signal);
  void watchIdleMemory(deps.wait, signal);
  void watchWarnings(services.warnings, deps.wait, signal);
  void watchPools(watching, signal);
  void watchUsage(seeing.looks, seeing.history, deps.wait, signal);
}
