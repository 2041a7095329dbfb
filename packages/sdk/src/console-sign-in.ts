import type { ConsoleLink, ConsoleLinkPost, ConsoleSessionCreated, ConsoleUser } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** `/1.0/lodge/console`: signing in to the web console. */
export class ConsoleSignIn {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** A link that signs a browser in, once. */
  link(request: ConsoleLinkPost = {}): Promise<ConsoleLink> {
    return this.#rest.call("POST", "/1.0/lodge/console/link", { body: request });
  }

  /** Who this client is to the console. */
  user(): Promise<ConsoleUser> {
    return this.#rest.get("/1.0/lodge/console/session");
  }

  /** By what a link holds: this browser then has the session's cookie. `trust_refused`. */
  signIn(token: string): Promise<ConsoleSessionCreated> {
    return this.#rest.call("POST", "/1.0/lodge/console/session", { body: { token } });
  }

  async signOut(): Promise<void> {
    await this.#rest.call("DELETE", "/1.0/lodge/console/session");
  }
}
