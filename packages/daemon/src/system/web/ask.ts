/** One request to a server outside, with the redirects that follow on it. */

import { X509Certificate } from "node:crypto";
import { lookup } from "node:dns";
import type { IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { hostOf, isInner, redirected } from "./address.ts";
import { request as requestHttp } from "./node-http.ts";
import { unreachable, webError } from "./web-error.ts";

export interface WebRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM: this and no other is the server's. Missing: the system's authorities vouch for it. */
  readonly certificate?: string | undefined;
  /** Missing: GET. */
  readonly method?: "HEAD";
  /** The server that named the URL, which is then taken as one that it redirects to. */
  readonly sentBy?: URL;
  readonly signal: AbortSignal;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Read it to its end, or destroy it. */
  readonly body: IncomingMessage;
}

/** Milliseconds until an answer must have begun. */
const patience = 30_000;
const mostRedirects = 5;

/** `image_server_unreachable`. Redirects are followed, but not to this host or its networks, and not from a server that shows a certificate of its own. */
export async function ask(request: WebRequest): Promise<WebAnswer> {
  let url = request.url;
  const asked = request.sentBy ?? url;
  requireOuter(asked, url);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const body = await send(request, asked, url);
    const status = body.statusCode ?? 0;
    if (![301, 302, 303, 307, 308].includes(status)) return { status, headers: body.headers, body };
    body.destroy();
    if (request.certificate !== undefined) throw unreachable(url, "it redirects elsewhere");
    url = redirected(url, body.headers.location);
    requireOuter(asked, url);
  }
  throw unreachable(request.url, "it redirects without end");
}

/** A name is looked at when it is resolved. */
function requireOuter(asked: URL, url: URL): void {
  if (url.host !== asked.host && isIP(hostOf(url)) !== 0 && isInner(hostOf(url)))
    throw unreachable(asked, `it redirects into this host's networks (${url.host})`);
}

function send({ method, headers, certificate, signal }: WebRequest, asked: URL, url: URL): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  signal.throwIfAborted();
  const options = {
    ...(method && { method }),
    agent: false as const,
    signal,
    headers: { "user-agent": "lodge", accept: "*/*", "accept-encoding": "identity", ...headers },
    ...(url.host !== asked.host && { lookup: outerOnly }),
  };
  const outgoing =
    url.protocol === "https:"
      ? requestHttps(url, { ...options, minVersion: "TLSv1.2", ...trust(certificate) }, resolve)
      : requestHttp(url, options, resolve);
  const late = setTimeout(
    () => outgoing.destroy(Object.assign(new Error("nobody answers"), { code: "ETIMEDOUT" })),
    patience,
  );
  outgoing.on("response", () => clearTimeout(late));
  outgoing.on("error", (error) => {
    clearTimeout(late);
    reject(signal.aborted ? signal.reason : webError(url, error));
  });
  outgoing.end();
  return promise;
}

/** Names of strangers that lead into this host's networks lead nowhere. */
const outerOnly: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const outer = error ? [] : addresses.filter(({ address }) => !isInner(address));
    const [first] = outer;
    if (error) return done(error, "", 0);
    if (!first) return done(Object.assign(new Error("it redirects into this host's networks")), "", 0);
    if (options.all) return done(null, outer);
    done(null, first.address, first.family);
  });
};

/** That certificate and no other; missing: whom the host's authorities vouch for. */
export function trust(certificate: string | undefined): ConnectionOptions {
  if (certificate === undefined) return { ca: [...systemAuthorities()] };
  const wanted = new X509Certificate(certificate).fingerprint256;
  const another = () => Object.assign(new Error("another certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  return {
    ca: [certificate],
    checkServerIdentity: (_host, shown) => (shown.fingerprint256 === wanted ? undefined : another()),
  };
}

let authorities: readonly string[] | undefined;

/** Whom this host trusts, read once: those that come with Node only where the host has none. */
function systemAuthorities(): readonly string[] {
  if (authorities === undefined) {
    const system = getCACertificates("system");
    authorities = [...(system.length > 0 ? system : getCACertificates("bundled")), ...getCACertificates("extra")];
  }
  return authorities;
}
