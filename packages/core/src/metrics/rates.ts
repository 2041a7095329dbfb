/** What two looks say of the time between them. Pure. Undefined: it cannot be known. */
import type { HostUse, Pressure, Use } from "./measuring.ts";

export interface Flow {
  /** Percent of one processor. */
  readonly cpu: number | undefined;
  /** Bytes a second. */
  readonly read: number | undefined;
  readonly written: number | undefined;
  readonly received: number | undefined;
  readonly sent: number | undefined;
  readonly pressure: PressureShares;
}

/** Percent of the time in which something waited. */
export interface PressureShares {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly io: number | undefined;
}

/** Without a `before` nothing is known yet. */
export function flowBetween(before: Use | undefined, now: Use, seconds: number): Flow {
  // One that used less than it had is another run.
  const same = before && before.cpuSeconds <= now.cpuSeconds ? before : undefined;
  const rate = (from: number | undefined, to: number | undefined) => rateOf(same && from, to, seconds);
  return {
    cpu: percent(rate(before?.cpuSeconds, now.cpuSeconds)),
    read: rate(before?.bytesRead, now.bytesRead),
    written: rate(before?.bytesWritten, now.bytesWritten),
    received: rate(before?.traffic?.bytesReceived, now.traffic?.bytesReceived),
    sent: rate(before?.traffic?.bytesSent, now.traffic?.bytesSent),
    pressure: sharesBetween(same?.pressure, now.pressure, seconds),
  };
}

export function hostFlowBetween(before: HostUse | undefined, now: HostUse, seconds: number) {
  return {
    cpu: percent(rateOf(before && busy(before), busy(now), seconds)),
    pressure: sharesBetween(before?.pressure, now.pressure, seconds),
  };
}

/** Seconds in which the host's processors did something. */
export function busy({ cpuSeconds }: HostUse): number {
  return Object.entries(cpuSeconds).reduce((sum, [mode, value]) => sum + (idle.has(mode) ? 0 : value), 0);
}

const idle = new Set(["idle", "iowait"]);

function sharesBetween(before: Pressure | undefined, now: Pressure | undefined, seconds: number): PressureShares {
  const share = (of: keyof Pressure) => percent(rateOf(before?.[of]?.some, now?.[of]?.some, seconds));
  return { cpu: share("cpu"), memory: share("memory"), io: share("io") };
}

/** Counters begin anew. */
function rateOf(before: number | undefined, now: number | undefined, seconds: number): number | undefined {
  if (before === undefined || now === undefined || seconds <= 0 || now < before) return undefined;
  return (now - before) / seconds;
}

const percent = (share: number | undefined): number | undefined => (share === undefined ? undefined : share * 100);
