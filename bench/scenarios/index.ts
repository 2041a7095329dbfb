import type { Scenario } from "../scenario.ts";
import { apiClients } from "./api-clients.ts";
import { commandStart } from "./command-start.ts";
import { containerBurst } from "./container-burst.ts";
import { containerLaunch } from "./container-launch.ts";
import { containerStart } from "./container-start.ts";
import { daemonStart } from "./daemon-start.ts";
import { densityScenarios } from "./density.ts";
import { disk } from "./disk.ts";
import { exportContainer, exportVm } from "./export.ts";
import { bombsNextDoor, fairShares } from "./fairness.ts";
import { movingLoad } from "./governor.ts";
import { growth } from "./growth.ts";
import { idleCost } from "./idle-cost.ts";
import { imageImport } from "./image-import.ts";
import { instanceList } from "./instance-list.ts";
import { launchWork } from "./launch-work.ts";
import { lxcExec } from "./lxc-exec.ts";
import { network } from "./network.ts";
import { snapshotScenarios } from "./snapshots.ts";
import { vmBurst } from "./vm-burst.ts";
import { vmDisk } from "./vm-disk.ts";
import { vmExec } from "./vm-exec.ts";
import { vmLaunchDebian, vmLaunchTiny } from "./vm-launch.ts";
import { vmNetwork } from "./vm-network.ts";

/** In the order in which they run and stand in the page. */
export const scenarios: readonly Scenario[] = [
  vmLaunchTiny,
  vmLaunchDebian,
  vmBurst,
  vmExec,
  containerLaunch,
  containerStart,
  launchWork,
  containerBurst,
  imageImport,
  commandStart,
  ...snapshotScenarios,
  exportContainer,
  exportVm,
  lxcExec,
  instanceList,
  disk,
  vmDisk,
  network,
  vmNetwork,
  apiClients,
  daemonStart,
  idleCost,
  growth,
  movingLoad,
  fairShares,
  bombsNextDoor,
  ...densityScenarios,
];
