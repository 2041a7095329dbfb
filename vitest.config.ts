import { defineConfig } from "vitest/config";

const source = { resolve: { conditions: ["@lodge/source"] }, ssr: { resolve: { conditions: ["@lodge/source"] } } };

/** Each file has a daemon, namespaces and directories of its own, and mostly waits: two at once keep two cores busy. */
const filesAtOnce = 2;

// Layers in order, one after the other: what fails low down is seen first.
export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "scripts/**/*.test.mjs", "bench/**/*.test.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...source,
        test: {
          name: "contract",
          include: ["packages/*/src/**/*.contract.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...source,
        test: {
          name: "system",
          include: ["test/system/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...source,
        test: {
          name: "nested",
          include: ["test/nested/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        ...source,
        test: {
          name: "guests",
          include: ["test/guests/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
