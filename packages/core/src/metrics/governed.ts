import type { InstanceId } from "../instances/driver.ts";

/** Bytes of memory, as the governor last decided. Missing: it does not govern that instance. */
export interface GovernedInstance {
  readonly target?: number;
  readonly demand?: number;
  readonly guarantee?: number;
}

/** What the governor knows of an instance, without asking anybody. */
export type Governed = (id: InstanceId) => GovernedInstance;
