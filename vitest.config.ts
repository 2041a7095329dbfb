import { defineConfig } from "vitest/config";

const source = { resolve: { conditions: ["@lodge/source"] }, ssr: { resolve: { conditions: ["@lodge/source"] } } };

export default defineConfig({
  test: {
    projects: [
      { ...source, test: { name: "unit", include: ["packages/*/src/**/*.test.ts"] } },
      {
        ...source,
        test: {
          name: "contract",
          include: ["packages/*/src/**/*.contract.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        ...source,
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
