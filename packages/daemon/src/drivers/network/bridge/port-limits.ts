/**
 * Limits of ports, as tc commands. What leaves an interface waits in a token bucket at its root. What comes in cannot wait: it is sent by
 * a detour through an interface of its own (ifb), waits at the root of that and goes on as if it came in then. Both happen on the host's
 * side, where the instance cannot undo them, and need no more of the kernel than tbf, u32 and mirred.
 */
import { LodgeError } from "@lodge/api/errors";
import type { NicLimits } from "@lodge/core";
import { ipBatch, type Run } from "./links.ts";

/** What an interface lets through; of its own point of view, which for taps and pairs is not the instance's. */
export interface Throttle {
  readonly name: string;
  /** Its detour. */
  readonly detour: string;
  /** Bits a second; missing: no limit. */
  readonly out?: number;
  readonly in?: number;
}

/** What is at work on interfaces: the kind of the queue at the root, its rate in bits a second, and whether there is a detour. */
export type Queues = ReadonlyMap<string, { readonly root?: string; readonly rate?: number; readonly ingress: boolean }>;

export interface LimitPlan {
  /** `ip` commands that come first. */
  readonly made: readonly string[];
  /** `tc` commands. */
  readonly queued: readonly string[];
  /** `ip` commands that take something away, last. */
  readonly gone: readonly string[];
}

/** What there is. */
export interface LimitsNow {
  readonly queues: Queues;
  /** Those that are down have no queue yet. */
  readonly detours: ReadonlySet<string>;
}

/** From what there is to what is wanted. Nothing is unlimited in between that is limited before and after. */
export function planLimits(throttles: readonly Throttle[], now: LimitsNow): LimitPlan {
  const plans = throttles.map((throttle) => planThrottle(throttle, now));
  return {
    made: plans.flatMap(({ made }) => made),
    queued: plans.flatMap(({ queued }) => queued),
    gone: plans.flatMap(({ gone }) => gone),
  };
}

function planThrottle({ name, detour, out, in: into }: Throttle, { queues, detours }: LimitsNow): LimitPlan {
  const own = queues.get(name);
  const isThere = detours.has(detour);
  const root = out ? [bucket(name, out)] : own?.root === "tbf" ? [`qdisc del dev ${name} root`] : [];
  if (into) {
    const make = isThere ? [] : [`link add name ${detour} type ifb`];
    const lead = own?.ingress ? [] : [`qdisc add dev ${name} ingress`];
    return {
      made: [...make, `link set dev ${detour} addrgenmode none up`],
      queued: [...root, bucket(detour, into), ...lead, redirect(name, detour)],
      gone: [],
    };
  }
  const back = own?.ingress ? [`qdisc del dev ${name} ingress`] : [];
  return { made: [], queued: [...root, ...back], gone: isThere ? [`link del dev ${detour}`] : [] };
}

/** Room for one packet as large as the kernel hands them on before it cuts them to size. */
const leastBurst = 68 * 1024;

/**
 * At most a hundredth of a second at once, or one large packet, and nothing waits longer than a twentieth: what does not fit is dropped,
 * which is how senders learn of the limit.
 */
function bucket(name: string, rate: number): string {
  const burst = Math.max(leastBurst, Math.ceil(rate / 8 / 100));
  return `qdisc replace dev ${name} root tbf rate ${rate}bit burst ${burst} latency 50ms`;
}

/** Of every protocol; the same handle each time, so that it replaces itself. */
function redirect(name: string, detour: string): string {
  const all = "u32 match u32 0 0";
  return `filter replace dev ${name} parent ffff: protocol all prio 1 handle 800::800 ${all} action mirred egress redirect dev ${detour}`;
}

/** Of a namespace, in the words of `tc -j qdisc show`. */
export function parseQueues(text: string): Queues {
  const queues = new Map<string, { root?: string; rate?: number; ingress: boolean }>();
  for (const { kind, dev, root, options } of JSON.parse(text || "[]") as Qdisc[]) {
    const entry = queues.get(dev) ?? { ingress: false };
    if (kind === "ingress") entry.ingress = true;
    else if (root) {
      entry.root = kind;
      // In bytes.
      if (kind === "tbf" && options?.rate !== undefined) entry.rate = options.rate * 8;
    }
    queues.set(dev, entry);
  }
  return queues;
}

interface Qdisc {
  readonly kind: string;
  readonly dev: string;
  readonly root?: boolean;
  readonly options?: { readonly rate?: number };
}

/** The host's end of a pair or a tap: what leaves it is what the instance receives. */
export function farEnd(name: string, detour: string, { ingress, egress }: NicLimits = {}): Throttle {
  return { name, detour, ...(ingress && { out: ingress }), ...(egress && { in: egress }) };
}

/** The instance's own end. */
export function nearEnd(name: string, detour: string, { ingress, egress }: NicLimits = {}): Throttle {
  return { name, detour, ...(ingress && { in: ingress }), ...(egress && { out: egress }) };
}

/** What the kernel holds a port to, as a field to be spread. `end`: that of its throttle. */
export function limitsSeen(throttle: Throttle, end: typeof farEnd, seen: Queues): { readonly limits?: NicLimits } {
  const own = seen.get(throttle.name);
  const out = own?.rate;
  const into = own?.ingress ? seen.get(throttle.detour)?.rate : undefined;
  const [ingress, egress] = end === farEnd ? [out, into] : [into, out];
  return ingress || egress ? { limits: { ...(ingress && { ingress }), ...(egress && { egress }) } } : {};
}

export async function readQueues(run: Run): Promise<Queues> {
  return parseQueues(await run("tc", ["-j", "qdisc", "show"], { code: "network_failed" }));
}

async function readDetours(run: Run): Promise<ReadonlySet<string>> {
  const text = await run("ip", ["-j", "link", "show", "type", "ifb"], { code: "network_failed" });
  return new Set((JSON.parse(text || "[]") as { ifname: string }[]).map(({ ifname }) => ifname));
}

/** Puts limits in force. Idempotent. `host_unsupported`: the kernel lacks a part of it. */
export async function limitPorts(run: Run, throttles: readonly Throttle[]): Promise<void> {
  if (throttles.length === 0) return;
  const [queues, detours] = await Promise.all([readQueues(run), readDetours(run)]);
  const { made, queued, gone } = planLimits(throttles, { queues, detours });
  try {
    await ipBatch(run, made);
    if (queued.length > 0)
      await run("tc", ["-batch", "-"], { input: `${queued.join("\n")}\n`, code: "network_failed" });
  } catch (error) {
    throw lacksPart(error) ?? error;
  }
  await ipBatch(run, gone);
}

/** What ip and tc say, and the kernel to them, of what was not built into it and cannot be loaded. */
export function lacksPart(error: unknown): LodgeError | undefined {
  const words =
    /Unknown device type|qdisc kind is unknown|Qdisc not found|classifier not found|TC action module|Operation not supported/i;
  if (!(error instanceof LodgeError) || !words.test(error.message)) return undefined;
  return new LodgeError({
    code: "host_unsupported",
    message: `The host's kernel cannot limit nics: it needs ifb, sch_tbf, sch_ingress, cls_u32 and act_mirred (${error.message}).`,
    cause: error,
  });
}
