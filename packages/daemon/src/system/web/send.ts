/** One request to a daemon elsewhere that brings it a body; nobody is led elsewhere by a redirect. */
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { trust } from "./ask.ts";
import { request as requestHttp } from "./node-http.ts";

export interface WebSending {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** Ended in any case. */
  readonly body?: Readable;
  /** PEM: this and no other is the server's. Missing: the system's authorities vouch for it. */
  readonly certificate?: string | undefined;
  /** Milliseconds in which nothing goes and nothing comes. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/** The answer, which may come before all of the body has gone. Read it to its end, or destroy it. Fails as `node:http` does. */
export async function send({ url, method, headers, body, certificate, patience, signal }: WebSending) {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { method, agent: false as const, signal, headers: { "user-agent": "lodge", ...headers } };
  const outgoing =
    url.protocol === "https:"
      ? requestHttps(url, { ...options, minVersion: "TLSv1.2", ...trust(certificate) }, resolve)
      : requestHttp(url, options, resolve);
  outgoing.setTimeout(patience, () =>
    outgoing.destroy(Object.assign(new Error("nobody answers"), { code: "ETIMEDOUT" })),
  );
  outgoing.on("error", (error) => reject(signal.aborted ? signal.reason : error));
  if (!body) outgoing.end();
  // What breaks it off is heard of by the request; a body that cannot be read breaks that off.
  else void pipeline(body, outgoing).catch((error: unknown) => reject(error));
  try {
    return await promise;
  } finally {
    body?.destroy();
  }
}
