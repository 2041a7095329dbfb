import type { InstanceCreate, StorageVolumeCreate } from "@lodge/api";
import { InstanceCreation } from "../instances/create.ts";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { MigrationService } from "../services.ts";
import type { VolumeDependencies } from "../volumes/dependencies.ts";
import { receiveInstance } from "./receive-instance.ts";
import { type InstanceSending, sendInstance } from "./send-instance.ts";
import type { MigrationSide } from "./side.ts";
import { receiveVolume, sendVolume, type VolumeSending } from "./volumes.ts";

type Dependencies = InstanceDependencies & VolumeDependencies;

/** What goes from one server to another. */
export class Migrations implements MigrationService {
  readonly #deps: Dependencies;
  readonly #runs: Runs;
  readonly #creation: InstanceCreation;

  constructor(deps: Dependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#creation = new InstanceCreation(deps, runs);
  }

  sendInstance(sending: InstanceSending): Promise<MigrationSide> {
    return sendInstance(this.#deps, this.#runs, sending);
  }

  receiveInstance(project: string, request: InstanceCreate): Promise<MigrationSide> {
    return receiveInstance(this.#deps, this.#runs, this.#creation, project, request);
  }

  sendVolume(sending: VolumeSending): Promise<MigrationSide> {
    return sendVolume(this.#deps, sending);
  }

  receiveVolume(project: string, pool: string, request: StorageVolumeCreate): Promise<MigrationSide> {
    return receiveVolume(this.#deps, project, pool, request);
  }
}
