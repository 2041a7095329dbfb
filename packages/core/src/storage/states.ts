/**
 * Places for kept states of machines, in the contract of a storage pool. What is in them is their driver's: see `SavedStates`.
 */
import type { InstanceId } from "../instances/driver.ts";

/** Eight hexadecimal digits, unique in a LODGE_DIR. */
export type StateId = string & { readonly brand: "StateId" };

/** One of the states that lie beside a root. */
export interface StateOf {
  readonly root: InstanceId;
  readonly state: StateId;
}

/** A state goes with its root. */
export interface RootStates {
  /**
   * Makes an empty directory, of root's, that processes which are not root may pass through; returns its path. `pool_full` unless
   * so many bytes are free.
   */
  create(state: StateOf, bytes: number): Promise<string>;
  /** Of one that was made, and may be gone. */
  path(state: StateOf): string;
  /** Removes every other state of a root. Idempotent; fine where there is no root. */
  retain(root: InstanceId, states: readonly StateId[]): Promise<void>;
}
