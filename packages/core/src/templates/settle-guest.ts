import type { InstanceDriver, InstanceId } from "../instances/driver.ts";

/** Milliseconds; what starts later than that starts in each fork. */
const patience = 300_000;

/** Waits until a guest that answers has started everything: what starts late (systemd's units) starts once and not in each fork. */
export async function settleGuest(driver: InstanceDriver, id: InstanceId, signal: AbortSignal): Promise<void> {
  const script = "! command -v systemctl > /dev/null || systemctl is-system-running --wait; sync";
  const session = await driver.exec(id, { command: ["/bin/sh", "-c", script], environment: {}, uid: 0, gid: 0 });
  const bound = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const end = () => session.close();
  bound.addEventListener("abort", end, { once: true });
  try {
    session.stdin.end();
    session.stdout.resume();
    session.stderr?.resume();
    await session.exit;
  } finally {
    bound.removeEventListener("abort", end);
    session.close();
  }
}
