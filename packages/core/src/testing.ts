export { FakeArchives } from "./backups/testing/fake-archives.ts";
export { parseOpenMetrics } from "./metrics/testing/parse-open-metrics.ts";
export * from "./networks/testing/describe-network.ts";
export * from "./networks/testing/fake-network.ts";
export * from "./storage/testing/describe-pool.ts";
export * from "./storage/testing/describe-volumes.ts";
export * from "./storage/testing/fake-pool.ts";
export * from "./store/describe-store.ts";
export * from "./store/memory-store.ts";
