interface Command<Arguments, Result> {
  readonly arguments: Arguments;
  readonly result: Result;
}

type Empty = Record<string, never>;

/** The commands of qemu-guest-agent that Lodge uses. What it answers comes from the guest and is not to be believed. */
export interface AgentCommands {
  "guest-ping": Command<void, Empty>;
  "guest-info": Command<void, { readonly version: string }>;
  /** Nanoseconds since 1970. */
  "guest-get-time": Command<void, number>;
  /** Nanoseconds since 1970. The guest may have no program to set its hardware clock: that is an error, and the time is set. */
  "guest-set-time": Command<{ readonly time: number }, Empty>;
  /** Syncs and freezes the file systems; answers how many. Every write waits until they are thawed. */
  "guest-fsfreeze-freeze": Command<void, number>;
  /** Answers how many it thawed; 0 is no failure. */
  "guest-fsfreeze-thaw": Command<void, number>;
  "guest-file-open": Command<{ readonly path: string; readonly mode?: string }, number>;
  "guest-file-read": Command<
    { readonly handle: number; readonly count?: number },
    {
      readonly count: number;
      /** base64 */
      readonly "buf-b64": string;
      readonly eof: boolean;
    }
  >;
  "guest-file-close": Command<{ readonly handle: number }, Empty>;
  "guest-get-fsinfo": Command<
    void,
    readonly {
      readonly name: string;
      readonly mountpoint: string;
      readonly type: string;
      /** Bytes. Missing: the agent cannot tell. */
      readonly "used-bytes"?: number;
      readonly "total-bytes"?: number;
    }[]
  >;
  "guest-exec": Command<
    {
      readonly path: string;
      readonly arg?: readonly string[];
      readonly env?: readonly string[];
      /** base64 */
      readonly "input-data"?: string;
      readonly "capture-output"?: boolean;
    },
    { readonly pid: number }
  >;
  "guest-exec-status": Command<
    { readonly pid: number },
    {
      readonly exited: boolean;
      readonly exitcode?: number;
      readonly signal?: number;
      /** base64 */
      readonly "out-data"?: string;
      readonly "err-data"?: string;
    }
  >;
}
export type AgentCommandName = keyof AgentCommands;
