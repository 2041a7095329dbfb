import type { Observation } from "./driver.ts";

/** What every driver sees of an instance that does not run. */
export const stopped: Observation = {
  status: "Stopped",
  ready: false,
  pid: 0,
  cpuNanoseconds: 0,
  memoryBytes: 0,
  memoryPeakBytes: 0,
  memoryTotalBytes: 0,
  processes: 0,
};
