import { LodgeError } from "@lodge/api/errors";

/** Makes of a failed connection to the daemon's socket an error that says what to do. */
export function connectionError(cause: unknown, socket: string): LodgeError {
  if (cause instanceof LodgeError) return cause;
  const { code = "", message } = cause as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") {
    return new LodgeError({
      code: "permission_denied",
      message: `You may not use ${socket}; be root or become a member of the group lodge (\`sudo usermod -aG lodge $USER\`, then log in again).`,
      cause,
    });
  }
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") {
    const what = code === "ECONNREFUSED" ? `Nobody answers on ${socket}` : `There is no ${socket}`;
    return new LodgeError({
      code: "daemon_unreachable",
      message: `${what}: lodged does not run; start it with \`npm start\`, or set LODGE_DIR or LODGE_SOCKET to where it runs.`,
      cause,
    });
  }
  if (code === "ECONNRESET" || code === "EPIPE") {
    return new LodgeError({
      code: "daemon_unreachable",
      message: `lodged closed the connection on ${socket} before it had answered; look at its log and try again.`,
      cause,
    });
  }
  return new LodgeError({ code: "daemon_unreachable", message: `${socket}: ${message}`, cause });
}
