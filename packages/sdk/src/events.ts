import type { Event, EventType, Lifecycle, Operation } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import type { WebSocket } from "ws";
import type { Rest } from "./rest.ts";

export interface EventFilter {
  /** Default: all types. */
  readonly types?: readonly EventType[];
  /** Of every project that the caller may see. */
  readonly allProjects?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Events from the moment the stream was opened, in their order. Ends with its signal, or throws when the daemon goes. */
export class EventStream implements AsyncIterable<Event> {
  readonly #socket: WebSocket;
  readonly #waiting: string[] = [];
  #news = Promise.withResolvers<void>();
  #ended = false;
  #closed = false;

  private constructor(socket: WebSocket, signal: AbortSignal | undefined) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.#waiting.push(String(data));
      this.#news.resolve();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#news.resolve();
    });
    signal?.addEventListener("abort", () => this.close(), { once: true });
    socket.resume();
  }

  static async open(rest: Rest, filter: EventFilter): Promise<EventStream> {
    const query = {
      ...(filter.types && { type: filter.types.join(",") }),
      ...(filter.allProjects && { "all-projects": "true" }),
    };
    return new EventStream(await rest.openWebSocket("/1.0/events", query, filter.signal), filter.signal);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void> {
    try {
      for (;;) {
        const frame = this.#waiting.shift();
        if (frame !== undefined) yield JSON.parse(frame) as Event;
        else if (this.#ended) break;
        else {
          await this.#news.promise;
          this.#news = Promise.withResolvers();
        }
      }
      if (!this.#closed) throw lost();
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#closed = true;
    this.#socket.terminate();
  }
}

/** `GET /1.0/events`. */
export class Events {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** Resolves when the daemon is sending: nothing that happens later is missed. */
  open(filter: EventFilter = {}): Promise<EventStream> {
    return EventStream.open(this.#rest, filter);
  }
}

/** The operation of an event of that type. */
export function operationOf(event: Event): Operation | undefined {
  return event.type === "operation" ? (event.metadata as Operation) : undefined;
}

/** The lifecycle record of an event of that type. */
export function lifecycleOf(event: Event): Lifecycle | undefined {
  return event.type === "lifecycle" ? (event.metadata as Lifecycle) : undefined;
}

function lost(): LodgeError {
  return new LodgeError({ code: "daemon_unreachable", message: "lodged went away while its events were being read." });
}
