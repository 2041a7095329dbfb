/** Looks after what may change or die while the daemon runs: dnsmasq, firewalls, and the host's way out. */
import type { Log } from "@lodge/core";

/** Each is true when it had something to do. */
export interface Patient {
  /** Restarts what died. */
  revive(): Promise<boolean>;
  /** Puts back what other programs took out of the host's firewall, and what they have come to need. */
  guard(): Promise<boolean>;
  /** Follows the host's uplink and name servers. */
  follow(): Promise<boolean>;
}

/** Milliseconds between looks. */
const interval = 2_000;

/** Costlier looks come less often: every so many rounds. */
const looks = [
  { every: 1, look: "revive", found: "dnsmasq had ended and was started again" },
  { every: 3, look: "guard", found: "the host's firewall had changed and lets instances through again" },
  { every: 10, look: "follow", found: "the host's uplink changed; networks follow it" },
] as const;

export function startUpkeep(patient: Patient, log: Log): () => void {
  let ended = false;
  let round = 0;
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(() => void tick(), interval).unref();
  };
  const tick = async () => {
    round += 1;
    try {
      for (const { every, look, found } of looks) {
        if (round % every === 0 && !ended && (await patient[look]())) log.warn({}, found);
      }
    } catch (error) {
      log.error({ err: error }, "looking after the networks failed");
    }
    if (!ended) schedule();
  };
  schedule();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
