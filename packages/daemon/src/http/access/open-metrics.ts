import { isTrue } from "@lodge/api";
import type { Services } from "@lodge/core";

/** Whether anybody may read the metrics. */
export async function metricsAreOpen({ config }: Pick<Services, "config">): Promise<boolean> {
  return !isTrue((await config.get())["core.metrics_authentication"] ?? "true");
}
