import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { LodgeError } from "@lodge/api";
import { type Caller, type CertificateService, isStranger } from "@lodge/core";
import { type ConsoleGrant, callerOfGrant } from "./console-caller.ts";

/** What of the sessions outlives the daemon. Secrets are kept as their SHA-256. */
export interface KeptSessions {
  readonly sessions: readonly KeptSession[];
  /** Where the console is served on this host's loopback; missing: it was not asked for. */
  readonly port?: number | undefined;
}

interface KeptSession {
  readonly cookie: string;
  readonly page: string;
  readonly grant: ConsoleGrant;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

interface Session extends KeptSession {
  /** Websockets, which end with the session. */
  readonly sockets: Set<Socket>;
}

interface Link {
  readonly grant: ConsoleGrant;
  readonly expiresAt: number;
}

export interface ConsoleSessionsOptions {
  readonly certificates: Pick<CertificateService, "callerOf">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Is told of each change. */
  readonly changed: () => void;
}

/** The two halves of a session's secret, see `SessionProof`. */
export interface SessionSecrets {
  readonly cookie: string;
  readonly page: string;
  readonly expiresAt: number;
}

/** What a request shows of a session: the cookie, which no script can read, and the page's key, which no other page can. */
export interface SessionProof {
  readonly cookie: string;
  readonly page: string;
}

const minute = 60_000;
/** Milliseconds that a link is good for. */
const linkLife = 10 * minute;
/** Milliseconds after which one signs in anew, whatever was done meanwhile: a day's work. */
const sessionLife = 12 * 60 * minute;
/** So that nobody who may ask for links fills the memory with them. */
const mostLinks = 100;
const mostSessions = 200;

/** Who is signed in to the web console. */
export class ConsoleSessions {
  readonly #options: ConsoleSessionsOptions;
  readonly #links = new Map<string, Link>();
  readonly #sessions = new Map<string, Session>();

  constructor(options: ConsoleSessionsOptions, kept: readonly KeptSession[] = []) {
    this.#options = options;
    for (const session of kept) this.#sessions.set(session.cookie, { ...session, sockets: new Set() });
    this.dropExpired();
  }

  get kept(): readonly KeptSession[] {
    this.dropExpired();
    return [...this.#sessions.values()].map(({ sockets: _sockets, ...session }) => session);
  }

  /** A secret that opens one session, once. */
  issueLink(grant: ConsoleGrant): { readonly token: string; readonly expiresAt: number } {
    this.dropExpired();
    dropOldest(this.#links, mostLinks);
    const token = newSecret();
    const expiresAt = this.#options.now() + linkLife;
    this.#links.set(digest(token), { grant, expiresAt });
    return { token, expiresAt };
  }

  /** `trust_refused`: it is no link's, was used, or came too late. */
  redeem(token: string): SessionSecrets {
    this.dropExpired();
    const key = digest(token);
    const link = this.#links.get(key);
    this.#links.delete(key);
    if (!link || isStranger(callerOfGrant(link.grant, this.#options.certificates))) {
      throw new LodgeError({
        code: "trust_refused",
        message:
          "This link has been used, has expired, or is another server's. Ask for a new one: `lodge console-url`.",
      });
    }
    for (const dropped of dropOldest(this.#sessions, mostSessions)) cut(dropped);
    const secrets = { cookie: newSecret(), page: newSecret(), expiresAt: this.#options.now() + sessionLife };
    const cookie = digest(secrets.cookie);
    this.#sessions.set(cookie, {
      ...{ cookie, page: digest(secrets.page), grant: link.grant },
      ...{ expiresAt: secrets.expiresAt, sockets: new Set<Socket>() },
    });
    this.#options.changed();
    return secrets;
  }

  /** Who shows it; undefined: nobody who is signed in. */
  find(proof: SessionProof): { readonly caller: Caller; readonly expiresAt: number } | undefined {
    const session = this.#session(proof);
    if (!session) return undefined;
    const caller = callerOfGrant(session.grant, this.#options.certificates);
    return isStranger(caller) ? undefined : { caller, expiresAt: session.expiresAt };
  }

  /** The socket is closed when the session ends. */
  hold(proof: SessionProof, socket: Socket): void {
    const session = this.#session(proof);
    if (!session) return void socket.destroy();
    session.sockets.add(socket);
    socket.once("close", () => session.sockets.delete(socket));
  }

  end(proof: SessionProof): void {
    const session = this.#session(proof);
    if (session) this.#end(session);
  }

  /** After a change of who is trusted with what: sessions of those who are not any more end, and everybody's websockets begin anew. */
  recheck(): void {
    this.dropExpired();
    for (const session of this.#sessions.values()) {
      if (isStranger(callerOfGrant(session.grant, this.#options.certificates))) this.#end(session);
      else if (session.grant.fingerprint !== undefined) cut(session);
    }
  }

  /** Nobody has to ask for a session for it to end in time. */
  dropExpired(): void {
    const now = this.#options.now();
    for (const [key, { expiresAt }] of this.#links) if (expiresAt <= now) this.#links.delete(key);
    for (const session of this.#sessions.values()) if (session.expiresAt <= now) this.#end(session);
  }

  #session({ cookie, page }: SessionProof): Session | undefined {
    const session = this.#sessions.get(digest(cookie));
    if (!session || session.page !== digest(page)) return undefined;
    if (session.expiresAt > this.#options.now()) return session;
    this.#end(session);
    return undefined;
  }

  #end(session: Session): void {
    this.#sessions.delete(session.cookie);
    cut(session);
    this.#options.changed();
  }
}

function cut({ sockets }: Session): void {
  for (const socket of sockets) socket.destroy();
}

/** Makes room for one more. */
function dropOldest<Value>(all: Map<string, Value>, most: number): Value[] {
  const dropped: Value[] = [];
  for (const [key, value] of all) {
    if (all.size < most) break;
    all.delete(key);
    dropped.push(value);
  }
  return dropped;
}

/** 256 bits. */
const newSecret = (): string => randomBytes(32).toString("base64url");

const digest = (secret: string): string => createHash("sha256").update(secret).digest("hex");
