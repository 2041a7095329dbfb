import { LodgeError } from "@lodge/api/errors";
import type { HttpRequest, HttpResponse, Transport } from "../transport.ts";
import { BrowserSocket } from "./browser-socket.ts";

export interface BrowserOptions {
  /** The half of the session's secret that the page keeps; undefined: it has none, or needs none. */
  readonly pageKey: () => string | undefined;
  /** Milliseconds in which a websocket must stand. */
  readonly connectTimeout?: number;
}

type SocketOfSession = Awaited<ReturnType<Transport["openWebSocket"]>>;

/** The daemon that served this page. */
export class BrowserTransport implements Transport {
  readonly #options: BrowserOptions;

  constructor(options: BrowserOptions) {
    this.#options = options;
  }

  async send({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    const pageKey = this.#options.pageKey();
    const response = await fetch(path, {
      ...{ method, cache: "no-store", redirect: "error" },
      headers: { ...headers, ...(pageKey && { "x-lodge-console": pageKey }) },
      ...(body !== undefined && { body: body as BodyInit }),
      ...(signal && { signal }),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unreachable(cause);
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      // Of a stream of Node nothing but this is used: see `browser/absent.ts`.
      body: bytesOf(response) as unknown as HttpResponse["body"],
    };
  }

  openWebSocket(path: string, signal?: AbortSignal): Promise<SocketOfSession> {
    const { promise, resolve, reject } = Promise.withResolvers<SocketOfSession>();
    const { pageKey, connectTimeout = 15_000 } = this.#options;
    const key = pageKey();
    // A page cannot send headers with a websocket: the key goes in the list of protocols.
    const socket = new WebSocket(
      new URL(path, location.href.replace(/^http/, "ws")),
      key ? [`lodge-console.${key}`] : [],
    );
    const bounded = AbortSignal.any([AbortSignal.timeout(connectTimeout), ...(signal ? [signal] : [])]);
    const give = () => {
      socket.close();
      reject(signal?.aborted ? signal.reason : unreachable(bounded.reason));
    };
    bounded.addEventListener("abort", give, { once: true });
    socket.addEventListener("error", (event) => reject(unreachable(event)));
    socket.addEventListener("open", () => {
      bounded.removeEventListener("abort", give);
      signal?.addEventListener("abort", () => socket.close(), { once: true });
      resolve(new BrowserSocket(socket) as unknown as SocketOfSession);
    });
    return promise;
  }

  upgrade(_path: string, protocol: string): Promise<never> {
    return Promise.reject(new LodgeError({ code: "not_supported", message: `Browsers do not speak ${protocol}.` }));
  }

  close(): void {}
}

async function* bytesOf({ body }: Response): AsyncGenerator<Uint8Array, void> {
  const reader = body?.getReader();
  if (!reader) return;
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

function unreachable(cause: unknown): LodgeError {
  return new LodgeError({ code: "daemon_unreachable", message: "The server does not answer.", cause });
}
