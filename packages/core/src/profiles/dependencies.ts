import type { InstanceDependencies } from "../instances/dependencies.ts";
import type { Runs } from "../instances/runs.ts";

/** What the rules about profiles need of the world. */
export interface ProfileDependencies extends InstanceDependencies {
  readonly runs: Runs;
}
