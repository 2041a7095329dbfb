import type { Scenario } from "../scenario.ts";
import { containerLaunch } from "./container-launch.ts";
import { vmLaunch } from "./vm-launch.ts";

/** In the order in which they run and stand in the page. */
export const scenarios: readonly Scenario[] = [containerLaunch, vmLaunch];
