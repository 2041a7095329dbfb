import { AsyncLocalStorage } from "node:async_hooks";
import type { Event, EventType, Requestor } from "@lodge/api";

export type EventListener = (event: Event) => void;

/** Carries events from where they happen to whoever listens. Nothing is kept: who comes late reads the state. */
export class EventBus {
  readonly #listeners = new Set<EventListener>();
  readonly #now: () => Date;
  readonly #requestor = new AsyncLocalStorage<Requestor>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins work on somebody's behalf: the lifecycle events of all that comes of it say whose. */
  askedBy(requestor: Requestor, work: () => void): void {
    this.#requestor.run(requestor, work);
  }

  /** What happens by itself, whoever began what it happens to. */
  unasked<T>(work: () => T): T {
    return this.#requestor.exit(work);
  }

  publish(type: EventType, metadata: unknown, project = "default"): void {
    const event: Event = { type, timestamp: this.#now().toISOString(), metadata, location: "none", project };
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** A lifecycle event about one object: `lifecycle("instance-started", "/1.0/instances/web")`. */
  lifecycle(action: string, source: string, context: Record<string, unknown> = {}, project = "default"): void {
    const requestor = this.#requestor.getStore();
    this.publish("lifecycle", { action, source, context, ...(requestor && { requestor }) }, project);
  }
}
