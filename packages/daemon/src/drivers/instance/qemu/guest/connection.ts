import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { Client } from "ssh2";

/** What a connection needs to know and tells. */
export interface GuestConnectionOptions {
  /** Host side of the port `org.lodge.ssh.0`. */
  readonly socket: string;
  /** OpenSSH private key. */
  readonly privateKey: string;
  /** Every time the connection stands. */
  readonly connected: () => void;
  readonly log: Logger;
}

/** Milliseconds. */
const firstPause = 100;
const longestPause = 5_000;
/** For a guest that has the port open to say who it is, and for key exchange and login: slow under emulation. */
const greetingPatience = 15_000;
const handshakePatience = 60_000;

/** For the sshd of an earlier connection to notice that it was lost. */
const noticePatience = 1_000;
/** How often these are doubled at most: once for each attempt in a row that came to nothing, because the guest may only be slower than that. */
const mostDoublings = 4;
/** No ssh packet in any cipher: whoever reads it in the middle of a connection ends. */
const nonsense = Buffer.alloc(64, "\n");

const identification = Buffer.from("SSH-2.0-");

/**
 * The one ssh connection to a guest, kept up from the start of QEMU to its end. The guest's sshd sits behind a virtio port:
 * QEMU keeps what we send until the guest opens the port, and drops what the guest says while nobody is connected.
 */
export class GuestConnection {
  readonly #options: GuestConnectionOptions;
  readonly #stopped = new AbortController();
  #client: Client | undefined;
  #socket: Socket | undefined;
  #portOpen = false;
  /** The guest's sshd has identified itself to this connection: it needs no awakening, which would break the login. */
  #greeted = false;
  /** Attempts in a row that came to nothing. */
  #failures = 0;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: GuestConnectionOptions) {
    this.#options = options;
  }

  /** The connection, while it stands. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Whether the guest has the port open, as far as QEMU has told. */
  get portOpen(): boolean {
    return this.#portOpen;
  }

  start(): void {
    void this.#keepConnected();
  }

  stop(): void {
    this.#stopped.abort();
    this.#forgetTimers();
    this.#socket?.destroy();
  }

  /**
   * What QEMU reports of the port. A guest that closed it has ended its sshd, and a connection or a login would hang; one that
   * opened it must greet soon, or its greeting was lost because it came before we were there.
   */
  portChanged(open: boolean): void {
    this.#forgetTimers();
    this.#portOpen = open;
    if (!open) this.#endGreeted();
    else if (!this.#greeted) this.#later(greetingPatience, () => this.#socket?.destroy());
  }

  /**
   * How the port is found by a daemon that was not there before. An open one may belong to an sshd that still serves the
   * connection of the daemon before: it has missed that this was lost when the next came at once.
   */
  portFound(open: boolean): void {
    this.portChanged(open);
    if (open && !this.#greeted) this.#awaken();
  }

  /** One that has not been greeted waits for whoever opens the port next. */
  #endGreeted(): void {
    this.#client?.destroy();
    if (this.#greeted) this.#socket?.destroy();
  }

  #awaken(): void {
    this.#later(noticePatience, () => this.#socket?.write(nonsense));
  }

  #later(milliseconds: number, action: () => void): void {
    const patience = milliseconds * 2 ** Math.min(this.#failures, mostDoublings);
    this.#timers.push(setTimeout(action, patience).unref());
  }

  #forgetTimers(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }

  async #keepConnected(): Promise<void> {
    let pause = firstPause;
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#runOnce(() => {
          pause = firstPause;
          this.#failures = 0;
        });
      } catch (error) {
        this.#failures += 1;
        this.#options.log.debug({ err: error }, "no ssh connection to the guest");
      }
      await delay(pause, undefined, { signal: this.#stopped.signal, ref: false }).catch(() => undefined);
      pause = Math.min(pause * 2, longestPause);
    }
  }

  /** From connecting to the end of the connection. */
  async #runOnce(established: () => void): Promise<void> {
    const socket = connect(this.#options.socket);
    this.#socket = socket;
    try {
      await once(socket, "connect");
      if (this.#portOpen) this.portFound(true);
      await greeting(socket);
      this.#greeted = true;
      this.#forgetTimers();
      const { privateKey, log } = this.#options;
      const client = await logIn(socket, privateKey, () =>
        log.warn("the guest's sshd greets and lets nobody in; asking it again"),
      );
      established();
      this.#client = client;
      this.#options.connected();
      await once(client, "close");
    } finally {
      this.#client = undefined;
      this.#greeted = false;
      socket.destroy();
    }
  }
}

/**
 * Waits, without a bound, for the guest's sshd to identify itself and throws away what comes before: bytes of the boot or
 * of an earlier connection. Until then nothing is sent, for a dying sshd to eat.
 */
async function greeting(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const start = seen.indexOf(identification);
    seen = seen.subarray(start === -1 ? -identification.length : start);
    if (start === -1) return;
    socket.pause();
    resolve();
  };
  const gone = () => reject(new Error("the port was closed before the guest's sshd answered"));
  socket.on("data", read).once("close", gone).on("error", reject);
  try {
    await promise;
  } finally {
    socket.off("data", read).off("close", gone);
  }
  socket.unshift(seen);
}

/** No host key is checked: the other end of this channel is the guest by construction, and its keys are its own to change. */
function logIn(socket: Socket, privateKey: string, givenUp: () => void): Promise<Client> {
  const client = new Client();
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  const timer = setTimeout(() => {
    givenUp();
    socket.destroy();
  }, handshakePatience);
  client.once("ready", () => resolve(client));
  client.on("error", reject);
  client.once("close", () => reject(new Error("the guest closed the connection during login")));
  void promise.catch(() => undefined).finally(() => clearTimeout(timer));
  try {
    client.connect({ sock: socket, username: "root", privateKey, readyTimeout: 0 });
  } catch (error) {
    // It cannot read the key.
    reject(error);
  }
  return promise;
}
