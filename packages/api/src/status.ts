/** LXD's status codes: 1xx something is going on, 200 success, 4xx final failure. */
export const operationStatus = {
  Created: 100,
  Running: 103,
  Cancelling: 104,
  Pending: 105,
  Success: 200,
  Failure: 400,
  Cancelled: 401,
} as const;
export type OperationStatus = keyof typeof operationStatus;

export const instanceStatus = { Stopped: 102, Running: 103, Starting: 106, Frozen: 110, Error: 112 } as const;
/**
 * Observed, never stored. `Starting`: it is being started, or will be without anybody asking for it (after a boot of the host,
 * or again after a crash). `Error`: the runtime's state is broken, or the instance crashed again and again and was given up.
 */
export type InstanceStatus = keyof typeof instanceStatus;
