/** Looks after what may change or die while the daemon runs: dnsmasq, and the host's way out. */
import type { Log } from "@lodge/core";

export interface Patient {
  /** Restarts what died. True when something had. */
  revive(): Promise<boolean>;
  /** Follows the host's uplink and name servers. True when they had changed. */
  follow(): Promise<boolean>;
}

/** Milliseconds between looks; the costlier look at the host's routes comes every tenth time. */
const interval = 2_000;

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
      if (await patient.revive()) log.warn({}, "dnsmasq had ended and was started again");
      if (round % 10 === 0 && (await patient.follow())) log.info({}, "the host's uplink changed; networks follow it");
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
