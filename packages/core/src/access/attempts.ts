import { LodgeError } from "@lodge/api";

/** Failed attempts to become trusted that one address, and all together, have within a window. */
const limits = { ofOne: 5, ofAll: 100, window: 60_000 };
/** Addresses that are remembered at most. */
const remembered = 4096;

/** Slows down whoever tries secrets. Only failures count. */
export class TrustAttempts {
  readonly #now: () => number;
  #all: number[] = [];
  readonly #failures = new Map<string, number[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws `trust_attempts_exceeded` when the address, or everybody together, failed too often. */
  check(address: string): void {
    const of = this.#recent(this.#failures.get(sourceOf(address)) ?? []);
    this.#all = this.#recent(this.#all);
    const full = of.length >= limits.ofOne ? of : this.#all.length >= limits.ofAll ? this.#all : undefined;
    if (!full) return;
    const wait = Math.ceil(((full[0] ?? 0) + limits.window - this.#now()) / 1000);
    throw new LodgeError({
      code: "trust_attempts_exceeded",
      message: `Too many attempts to become trusted failed; try again in ${Math.max(wait, 1)} s.`,
    });
  }

  failed(address: string): void {
    const source = sourceOf(address);
    const times = [...this.#recent(this.#failures.get(source) ?? []), this.#now()];
    this.#failures.delete(source);
    this.#failures.set(source, times);
    this.#all = [...this.#recent(this.#all), this.#now()];
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > remembered && oldest !== undefined) this.#failures.delete(oldest);
  }

  #recent(times: readonly number[]): number[] {
    return times.filter((time) => time > this.#now() - limits.window);
  }
}

/** Whoever has an IPv6 address has all of its network's. IPv4 may come in IPv6's clothes. */
function sourceOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::", 2);
  const groups = head.split(":").filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - groups.length - tail.split(":").filter(Boolean).length;
  return [...groups, ...Array<string>(Math.max(zeros, 0)).fill("0"), ...(tail?.split(":") ?? [])].slice(0, 4).join(":");
}
