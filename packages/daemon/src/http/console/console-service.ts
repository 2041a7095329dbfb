import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Caller, Log, Services } from "@lodge/core";
import { readWhole, replaceFile } from "../../system/durable.ts";
import { ConsoleSessions, type KeptSessions } from "./console-sessions.ts";
import { LoopbackListener, type LoopbackListenerOptions } from "./loopback-listener.ts";
import { sessionProofOf } from "./session-proof.ts";

export interface ConsoleServiceOptions extends LoopbackListenerOptions {
  readonly services: Pick<Services, "certificates" | "events">;
  readonly log: Log;
  /** A file that keeps who is signed in; missing: nobody is after a restart. */
  readonly file: string | undefined;
  /** Milliseconds since the epoch; default: the clock's. */
  readonly now?: () => number;
}

/** Sign-in to the web console, and where it is served without HTTPS. */
export class ConsoleService {
  readonly #options: ConsoleServiceOptions;
  readonly #loopback: LoopbackListener;
  readonly #unsubscribe: () => void;
  readonly #expiries: NodeJS.Timeout;
  #sessions: ConsoleSessions;
  #port = 0;
  #writing = Promise.resolve();

  constructor(options: ConsoleServiceOptions) {
    this.#options = options;
    this.#loopback = new LoopbackListener(options);
    this.#sessions = this.#open([]);
    this.#expiries = setInterval(() => this.#sessions.dropExpired(), 60_000).unref();
    this.#unsubscribe = options.services.events.subscribe(({ type, metadata }) => {
      const { action } = metadata as { action?: unknown };
      if (type === "lifecycle" && /^certificate-(deleted|updated)$/.test(String(action))) this.#sessions.recheck();
    });
  }

  get sessions(): ConsoleSessions {
    return this.#sessions;
  }

  /** Sessions of before go on; and where one may be open on loopback, it is served there again. */
  async start(): Promise<void> {
    const { file, log } = this.#options;
    const kept = file === undefined ? undefined : await readWhole<KeptSessions>(file);
    if (!kept) return;
    this.#sessions = this.#open(kept.sessions);
    this.#port = kept.port ?? 0;
    if (this.#port === 0 || this.#sessions.kept.length === 0) return;
    await this.#loopback.listen(this.#port).catch((err: unknown) => log.warn({ err }, "the console is not served"));
  }

  /** Serves the console on loopback from now on; its origin. `listen_failed`. */
  async serveLocally(): Promise<string> {
    await this.#loopback.listen(this.#port);
    if (this.#port !== this.#loopback.port) {
      this.#port = this.#loopback.port;
      this.#keep();
    }
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Who connects here is a stranger, and not whoever the daemon's socket lets in. */
  isLoopback(socket: Socket): boolean {
    return this.#loopback.owns(socket);
  }

  /** Who is signed in, as a request shows. */
  callerOf(request: Pick<IncomingMessage, "headers" | "socket">): Caller | undefined {
    const proof = sessionProofOf(request);
    return proof && this.#sessions.find(proof)?.caller;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#expiries);
    await this.#loopback.close();
    await this.#writing;
  }

  #open(kept: KeptSessions["sessions"]): ConsoleSessions {
    const { services, now = Date.now } = this.#options;
    return new ConsoleSessions({ certificates: services.certificates, now, changed: () => this.#keep() }, kept);
  }

  #keep(): void {
    const { file, log } = this.#options;
    if (file === undefined) return;
    this.#writing = this.#writing
      .then(() => replaceFile(file, JSON.stringify({ sessions: this.#sessions.kept, port: this.#port })))
      .catch((err: unknown) => log.warn({ err }, "who is signed in to the console is not kept"));
  }
}
