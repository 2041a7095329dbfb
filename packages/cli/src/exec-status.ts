import { asLodgeError } from "@lodge/api/errors";

/** Exit status of `exec` and `shell` for Lodge's own failures: as docker, podman and shells have it. */
export function execFailureStatus(error: unknown): 125 | 126 | 127 {
  const { code } = asLodgeError(error);
  if (code === "exec_not_executable") return 126;
  if (code === "exec_not_found") return 127;
  return 125;
}
