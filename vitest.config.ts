import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those that take longest, about the longest first: begun early, none of them is left to run alone at the end. What has many machines does not begin beside its like. */
const longest = [
  "test/long/survival.test.ts",
  "test/long/set-up.test.ts",
  "test/system/backups.test.ts",
  "test/system/templates.test.ts",
  "packages/daemon/src/drivers/storage/btrfs/btrfs.contract.ts",
  "test/system/instances.test.ts",
  "packages/daemon/src/drivers/storage/btrfs/btrfs.long.contract.ts",
  "test/system/storage.test.ts",
  "test/console/instances.test.ts",
  "test/console/console.test.ts",
  "test/long/cloud-init.test.ts",
  "test/long/siblings.test.ts",
  "test/system/snapshots.test.ts",
  "test/system/migration.test.ts",
  "packages/daemon/src/drivers/image/debian/builder.long.contract.ts",
  "test/long/state.test.ts",
  "packages/daemon/src/drivers/storage/dir/dir.contract.ts",
  "packages/daemon/src/drivers/instance/qemu/driver.contract.ts",
  "test/long/template-sizes.test.ts",
  "test/long/secure-boot.test.ts",
  "test/long/image-formats.test.ts",
  "test/long/session-faults.test.ts",
  "test/e2e/must-show.test.ts",
  "packages/daemon/src/drivers/instance/crun/driver.contract.ts",
  "packages/daemon/src/drivers/instance/qemu/state/fork.long.contract.ts",
  "test/system/lifecycle.test.ts",
  "test/long/vm-limits.test.ts",
  "test/e2e/containers.test.ts",
  "test/long/io-limits.test.ts",
  "test/system/networks.test.ts",
  "test/long/host-crash.test.ts",
  "test/long/screen.test.ts",
  "test/system/volumes.test.ts",
  "test/long/lifetime.test.ts",
  "test/long/full-disk.test.ts",
  "test/system/devices.test.ts",
  "packages/daemon/src/drivers/instance/qemu/state/grow.long.contract.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification) => {
      const place = longest.findIndex((name) => file.moduleId.endsWith(name));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

const source = { resolve: { conditions: ["@lodge/source"] }, ssr: { resolve: { conditions: ["@lodge/source"] } } };

/** Each file has a daemon, namespaces and directories of its own, and often waits: three at once keep two cores busy, and leave guests time to boot. */
const filesAtOnce = 3;

/** What is waited for may take its time on a busy host, in an emulated guest above all: vitest's own second is for neither. */
const waiting = { expect: { poll: { timeout: 30_000 } } };

/** Contracts that take the processor longest. */
const longContracts = "packages/*/src/**/*.long.contract.ts";

// Layers in order, one after the other: what fails low down is seen first. Contracts and systems share one turn, for no core to be idle.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...source,
        test: {
          ...waiting,
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "scripts/**/*.test.mjs", "bench/**/*.test.ts"],
          // Fuzzers take seconds, and more on a host that has other work: the bound is for what hangs.
          testTimeout: 60_000,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...source,
        test: {
          ...waiting,
          name: "contract",
          include: ["packages/*/src/**/*.contract.ts"],
          exclude: [longContracts],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...source,
        test: {
          ...waiting,
          name: "system",
          include: ["test/system/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...source,
        test: {
          ...waiting,
          name: "e2e",
          include: ["test/e2e/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 600_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...source,
        test: {
          ...waiting,
          name: "console",
          include: ["test/console/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...source,
        test: {
          ...waiting,
          name: "long",
          include: ["test/long/*.test.ts", longContracts],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...source,
        test: {
          ...waiting,
          name: "nested",
          include: ["test/nested/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...source,
        test: {
          ...waiting,
          name: "guests",
          include: ["test/guests/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
