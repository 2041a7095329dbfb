import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { SessionProof } from "./console-sessions.ts";

/** Of a cookie that browsers take by HTTPS alone, for this very host, and for all of its paths (RFC 6265bis, `__Host-`). */
const secureName = "__Host-lodge-console";
/** On loopback, where there is no HTTPS. */
const plainName = "lodge-console";

/** In the protocols that a page's websocket offers: it cannot set headers. */
const protocolPrefix = "lodge-console.";

const cookieName = (secure: boolean): string => (secure ? secureName : plainName);
const isSecure = ({ socket }: Pick<IncomingMessage, "socket">): boolean => socket instanceof TLSSocket;

/**
 * Both halves of a session's secret, from the two places where a browser keeps them: the cookie, and the page's own storage. Another site's
 * page can have a request carry the first, and a server on another port of this host is even told it; neither gets at the second.
 */
export function sessionProofOf(request: Pick<IncomingMessage, "headers" | "socket">): SessionProof | undefined {
  const cookie = cookieOf(request.headers.cookie ?? "", cookieName(isSecure(request)));
  const page = pageKeyOf(request.headers);
  return cookie && page ? { cookie, page } : undefined;
}

function pageKeyOf({ "x-lodge-console": header, "sec-websocket-protocol": protocols }: IncomingMessage["headers"]) {
  if (typeof header === "string") return header;
  const offered = (protocols ?? "").split(",").map((each) => each.trim());
  return offered.find((each) => each.startsWith(protocolPrefix))?.slice(protocolPrefix.length);
}

function cookieOf(header: string, name: string): string | undefined {
  const found = header.split(";").find((each) => each.trimStart().startsWith(`${name}=`));
  return found?.slice(found.indexOf("=") + 1).trim();
}

/** `Set-Cookie` of a session that begins, or, without a value, of one that ends. */
export function sessionCookie(request: Pick<IncomingMessage, "socket">, value: string, seconds: number): string {
  const secure = isSecure(request);
  const attributes = ["Path=/", "HttpOnly", "SameSite=Strict", `Max-Age=${seconds}`, ...(secure ? ["Secure"] : [])];
  return [`${cookieName(secure)}=${value}`, ...attributes].join("; ");
}
