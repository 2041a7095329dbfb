import type { InstanceCreate } from "@lodge/api";
import { InstanceCreation } from "../instances/create.ts";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";
import type { MigrationService } from "../services.ts";
import { receiveInstance } from "./receive-instance.ts";
import { type InstanceSending, sendInstance } from "./send-instance.ts";
import type { MigrationSide } from "./side.ts";

/** What goes from one server to another. */
export class Migrations implements MigrationService {
  readonly #deps: InstanceDependencies;
  readonly #runs: Runs;
  readonly #creation: InstanceCreation;

  constructor(deps: InstanceDependencies, runs: Runs) {
    this.#deps = deps;
    this.#runs = runs;
    this.#creation = new InstanceCreation(deps, runs);
  }

  sendInstance(sending: InstanceSending): Promise<MigrationSide> {
    return sendInstance(this.#deps, this.#runs, sending);
  }

  receiveInstance(project: string, request: InstanceCreate): Promise<MigrationSide> {
    return receiveInstance(this.#deps, this.#creation, project, request);
  }
}
