/** The process of an `exec`, as crun takes it: data to data. */
import type { ExecRequest } from "@lodge/core";
import { defaultPath, type processPrivileges } from "./bundle.ts";
import type { GuestUser } from "./passwd.ts";

export interface ProcessRequest {
  readonly request: ExecRequest;
  readonly privileges: ReturnType<typeof processPrivileges>;
  /** Whom the guest knows by the request's uid. */
  readonly user: GuestUser;
  /** Where the command starts: exists inside. */
  readonly cwd: string;
}

export function ociProcess({ request, privileges, user, cwd }: ProcessRequest) {
  const { terminal, uid, gid } = request;
  const { capabilities, ...rest } = privileges;
  const { bounding } = capabilities;
  return {
    terminal: terminal !== undefined,
    ...(terminal && { consoleSize: { width: terminal.columns, height: terminal.rows } }),
    user: { uid, gid },
    args: request.command,
    env: Object.entries(execEnvironment(request, user)).map(([name, value]) => `${name}=${value}`),
    cwd,
    ...rest,
    // As after a login: only root has them.
    capabilities: uid === 0 ? capabilities : { bounding },
  } as const;
}

/** LXD's defaults, under what was asked for. */
function execEnvironment({ environment, terminal }: ExecRequest, user: GuestUser): Record<string, string> {
  return {
    PATH: defaultPath,
    LANG: "C.UTF-8",
    HOME: user.home,
    USER: user.name,
    ...(terminal && { TERM: "xterm-256color" }),
    ...environment,
  };
}
