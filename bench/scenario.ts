/**
 * What is measured. A scenario has entries: ways of doing the same, one of them Lodge's, the others its peers'. They take turns, each
 * doing one round at a time.
 */
import type { ControlGroup } from "./measure/control-groups.ts";
import type { Stopwatch } from "./measure/stopwatch.ts";

export interface Scenario {
  /** As `--scenario` has it: `container-launch`. */
  readonly name: string;
  readonly title: string;
  /** What is done and how it is made comparable: Markdown, a few lines. */
  readonly about: string;
  /** Measured rounds. `quick` 0: left out of a quick run. `warmUp`: those before them that do not count; default: 1. */
  readonly rounds: { readonly quick: number; readonly full: number; readonly warmUp?: number };
  /** The first that runs is what the others are compared with. */
  readonly entries: readonly Entry[];
  /** What must hold; a run says of each whether it does. Default: none. */
  readonly claims?: readonly Claim[];
}

/**
 * That a way of doing something takes at most so many times what another one takes: `{ figure: "start", entry: "Lodge", than: "crun",
 * atMost: 4 }`. Without `than`: at most so much, in milliseconds, or in the unit of what is noted. `atLeast`, the other way round, for what is the better
 * the more there is of it.
 */
export type Claim = {
  /** Of a time, or of a note. */
  readonly figure: string;
  readonly entry: string;
  readonly than?: string;
} & ({ readonly atMost: number } | { readonly atLeast: number });

export interface Entry {
  readonly name: string;
  /** As `--peer` has it: `lodge`, `docker`. */
  readonly peer: string;
  /** Prepares what is not measured. Throws Unavailable when this cannot be done here. */
  open(room: Room): Promise<Contestant>;
}

export interface Contestant {
  readonly peer: Peer;
  /** One round: what it times counts, and what it makes it removes. */
  round(watch: Stopwatch): Promise<void>;
  close?(): Promise<void>;
}

/** A system that runs in this run. */
export interface Peer extends AsyncDisposable {
  readonly group: ControlGroup;
  /** What it is, by name: `{ docker: "20.10.24" }`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** How a peer is started. `Started` has what scenarios do with it. */
export interface PeerKind<Started extends Peer> {
  readonly name: string;
  start(room: Room): Promise<Started>;
}

/** What entries find. */
export interface Room {
  readonly quick: boolean;
  /** A directory of this run's, which is removed at its end. */
  readonly directory: string;
  group(peer: string): ControlGroup;
  /** The peer, which is started when the first asks for it and ends with the run. */
  peer<Started extends Peer>(kind: PeerKind<Started>): Promise<Started>;
  /** What `make` makes: whoever asks for the same name later gets the same. */
  once<T>(name: string, make: () => Promise<T>): Promise<T>;
}

/** The reason why something cannot be measured here, as a sentence without its full stop. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}
