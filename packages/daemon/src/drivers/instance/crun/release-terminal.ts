import { closeSync } from "node:fs";
import { openNull } from "../../../system/pipe.ts";
import { startLasting } from "../../../system/spawn/lasting-process.ts";
import { toolEnvironment } from "./monitor.ts";

const TIOCSCTTY = "0x540E";
const TIOCNOTTY = "0x5422";
/** Milliseconds. */
const bound = 10_000;

/**
 * Takes the console from an init that has not begun yet: crun made it init's controlling terminal, and then no login program inside can
 * have it (systemd would give it up by itself, others do not). Only a session leader of the host may take it from another
 * session: socat becomes one, does so, gives it up again, and is hung up on for that.
 */
export async function releaseTerminal(init: number): Promise<void> {
  const terminal = `OPEN:/proc/${init}/fd/0,noctty,ioctl-int=${TIOCSCTTY}:1,ioctl-void=${TIOCNOTTY}`;
  const none = openNull();
  try {
    const args = ["-u", "OPEN:/dev/null", terminal];
    const socat = startLasting({ file: "socat", args, env: toolEnvironment, streams: [none, none, none] });
    const late = setTimeout(() => socat.kill("SIGKILL"), bound);
    await socat.exited;
    clearTimeout(late);
  } catch {
    // Without it the container is as it was.
  } finally {
    closeSync(none);
  }
}
