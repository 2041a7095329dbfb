import { networkInterfaces } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { type Config, type HttpsAddress, hostAndPort, parseHttpsAddress } from "@lodge/api";
import { Lock, type Log, type Services } from "@lodge/core";
import type { CertificateSource, ServerCertificate } from "../system/server-certificate.ts";
import { HttpsListener, type HttpsListenerOptions } from "./https-listener.ts";

export interface HttpsServiceOptions
  extends Omit<HttpsListenerOptions, "key" | "certificate">,
    Pick<Services, "events"> {
  /** The key that says where; `core.https_address` when missing. */
  readonly setting?: string;
  /** The server's; made when it is asked for the first time. */
  readonly certificate: CertificateSource;
  readonly log: Log;
}

/** Milliseconds after which an address that the host did not have is tried again. */
const again = 10_000;
/** Milliseconds for answers that are under way on an address that was given up: that of the change itself. */
const lastWords = 5000;

/** HTTPS where a key of the configuration says, as that changes. */
export class HttpsService {
  readonly #options: HttpsServiceOptions;
  readonly #closed = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #lock = new Lock();
  #address: HttpsAddress | undefined;
  #listener: HttpsListener | undefined;
  #retrying: AbortController | undefined;

  constructor(options: HttpsServiceOptions) {
    this.#options = options;
    this.#unsubscribe = options.events.subscribe(({ type, metadata }) => {
      const { action } = metadata as { action?: unknown };
      if (type === "lifecycle" && /^certificate-(deleted|updated)$/.test(String(action))) this.#listener?.recheck();
    });
  }

  get #setting(): string {
    return this.#options.setting ?? "core.https_address";
  }

  /** Where clients may reach it: `192.0.2.1:8443`. */
  get addresses(): string[] {
    const address = this.#address;
    if (!address) return [];
    if (address.host !== "" && address.host !== "::" && address.host !== "0.0.0.0") return [hostAndPort(address)];
    const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const outside = all.filter((each) => !each.internal && !each.address.startsWith("fe80:"));
    const reached = outside.length > 0 ? outside : all;
    const own = address.host === "0.0.0.0" ? reached.filter(({ family }) => family === "IPv4") : reached;
    return own.map(({ address: host }) => hostAndPort({ host, port: address.port }));
  }

  certificate(): Promise<ServerCertificate> {
    return this.#options.certificate.current();
  }

  /** Serves where the configuration says, and nowhere else any more. `listen_failed`, and then everything is as it was. */
  async apply(config: Config): Promise<void> {
    this.#retrying?.abort();
    await this.#lock.run(() => this.#change(config));
  }

  async #change(config: Config): Promise<void> {
    const address = parseHttpsAddress(config[this.#setting] ?? "");
    if (address?.host === this.#address?.host && address?.port === this.#address?.port) return;
    // A port that is served already cannot be served again before it is let go of.
    const overlaps = address?.port === this.#address?.port ? this.#listener : undefined;
    const before = this.#address;
    if (overlaps) await this.#end(lastWords);
    try {
      const next = address && (await this.#listen(address));
      await this.#end(lastWords);
      this.#listener = next;
      this.#address = address;
    } catch (error) {
      if (overlaps && before) await this.#begin(before);
      throw error;
    }
  }

  /** As `apply`, when the daemon starts: an address that cannot be served yet is tried until it can. */
  async start(config: Config): Promise<void> {
    try {
      await this.apply(config);
    } catch (err) {
      this.#options.log.error(
        { err, setting: this.#setting, address: config[this.#setting] },
        "HTTPS is not served yet",
      );
      this.#retrying = new AbortController();
      void this.#retry(config, AbortSignal.any([this.#retrying.signal, this.#closed.signal]));
    }
  }

  /** Makes another certificate. Connections that are open go on; clients that know the old one have to learn it. */
  async renewCertificate(): Promise<ServerCertificate> {
    const made = await this.#options.certificate.renew();
    this.useCertificate(made);
    return made;
  }

  /** Another has made it. */
  useCertificate(made: ServerCertificate): void {
    this.#listener?.replaceCertificate(made);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#unsubscribe();
    await this.#end(0);
  }

  async #retry(config: Config, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(again, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      const done = await this.#lock
        .run(() => this.#change(config))
        .then(
          () => true,
          () => false,
        );
      if (done) return;
    }
  }

  async #begin(address: HttpsAddress): Promise<void> {
    this.#listener = await this.#listen(address);
    this.#address = address;
  }

  async #listen(address: HttpsAddress): Promise<HttpsListener> {
    const listener = new HttpsListener({ ...this.#options, ...(await this.#options.certificate.current()) });
    await listener.listen(address);
    this.#options.log.info({ address: hostAndPort(address) }, "HTTPS is served");
    return listener;
  }

  async #end(grace: number): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#address = undefined;
    await listener?.close(grace);
  }
}
