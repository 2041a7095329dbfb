import type { Event, EventType } from "@lodge/api";

export type EventListener = (event: Event) => void;

/** Carries events from where they happen to whoever listens. Nothing is kept: who comes late reads the state. */
export class EventBus {
  readonly #listeners = new Set<EventListener>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(type: EventType, metadata: unknown, project = "default"): void {
    const event: Event = { type, timestamp: this.#now().toISOString(), metadata, location: "none", project };
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** A lifecycle event about one object: `lifecycle("instance-started", "/1.0/instances/web")`. */
  lifecycle(action: string, source: string, context: Record<string, unknown> = {}, project = "default"): void {
    this.publish("lifecycle", { action, source, context }, project);
  }
}
