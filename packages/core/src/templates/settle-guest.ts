import { LodgeError } from "@lodge/api";
import type { InstanceDriver, InstanceId } from "../instances/driver.ts";

/** Milliseconds; what starts later than that starts in each fork. */
const patience = 300_000;

/**
 * What starts late (systemd's units) starts once and not in each fork. Memory that comes is put to use at once, and where it can be taken
 * away again as long as there is enough for what cannot (Linux 5.15): the administration of what comes must fit into what is there already.
 */
const script = `
! command -v systemctl > /dev/null || systemctl is-system-running --wait
modprobe virtio_mem
echo auto-movable > /sys/module/memory_hotplug/parameters/online_policy
echo online > /sys/devices/system/memory/auto_online_blocks && ls -d /sys/bus/virtio/drivers/virtio_mem/virtio* || exit 1
sync`;

/** Waits until a guest that answers has started everything, and makes it ready for memory that comes while it runs. */
export async function settleGuest(driver: InstanceDriver, id: InstanceId, signal: AbortSignal): Promise<void> {
  const session = await driver.exec(id, { command: ["/bin/sh", "-c", script], environment: {}, uid: 0, gid: 0 });
  const bound = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const end = () => session.close();
  bound.addEventListener("abort", end, { once: true });
  try {
    session.stdin.end();
    session.stdout.resume();
    session.stderr?.resume();
    if ((await session.exit) === 0 || bound.aborted) return;
    const message =
      "The guest's kernel has no driver for memory that comes while it runs (virtio-mem), or cannot put it to use.";
    throw new LodgeError({ code: "state_unsupported", message });
  } finally {
    bound.removeEventListener("abort", end);
    session.close();
  }
}
