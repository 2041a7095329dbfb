import type { Scenario } from "../scenario.ts";
import { containerLaunch } from "./container-launch.ts";
import { densityScenarios } from "./density.ts";
import { exportContainer, exportVm } from "./export.ts";
import { bombsNextDoor, fairShares } from "./fairness.ts";
import { movingLoad } from "./governor.ts";
import { instanceList } from "./instance-list.ts";
import { lxcExec } from "./lxc-exec.ts";
import { snapshotScenarios } from "./snapshots.ts";
import { vmBurst } from "./vm-burst.ts";
import { vmLaunchDebian, vmLaunchTiny } from "./vm-launch.ts";

/** In the order in which they run and stand in the page. */
export const scenarios: readonly Scenario[] = [
  vmLaunchTiny,
  vmLaunchDebian,
  vmBurst,
  containerLaunch,
  ...snapshotScenarios,
  exportContainer,
  exportVm,
  lxcExec,
  instanceList,
  movingLoad,
  fairShares,
  bombsNextDoor,
  ...densityScenarios,
];
