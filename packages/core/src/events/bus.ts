import { AsyncLocalStorage } from "node:async_hooks";
import type { Event, EventType, Requestor } from "@lodge/api";
import { inProject } from "../project-url.ts";

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

  /** Does work on somebody's behalf: the lifecycle events of all that comes of it say whose. Undefined: it happens by itself. */
  askedBy<T>(requestor: Requestor | undefined, work: () => T): T {
    return requestor ? this.#requestor.run(requestor, work) : this.#requestor.exit(work);
  }

  /** On whose behalf this is done. */
  get requestor(): Requestor | undefined {
    return this.#requestor.getStore();
  }

  publish(type: EventType, metadata: unknown, project = "default"): void {
    const event: Event = { type, timestamp: this.#now().toISOString(), metadata, location: "none", project };
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** A lifecycle event about one object, named without its project: `lifecycle("instance-started", "/1.0/instances/web")`. */
  lifecycle(action: string, source: string, context: Record<string, unknown> = {}, project = "default"): void {
    const { requestor } = this;
    this.publish(
      "lifecycle",
      { action, source: inProject(source, project), context, ...(requestor && { requestor }) },
      project,
    );
  }
}
