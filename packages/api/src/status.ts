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

export const instanceStatus = { Stopped: 102, Running: 103, Frozen: 110, Error: 112 } as const;
/** Observed, never stored. `Error`: the runtime's state cannot be read or is broken. */
export type InstanceStatus = keyof typeof instanceStatus;
