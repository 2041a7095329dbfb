/** Which addresses the daemon asks for files: pure rules, read before anything is sent. */
import { BlockList, isIP } from "node:net";
import { LodgeError } from "@lodge/api/errors";
import { unreachable, untrue } from "./web-error.ts";

/** `https://images.example.com/base`: `http:` only to this host itself, unless that is allowed. `request_invalid`. */
export function parseServer(text: string, allowHttp: boolean): URL {
  const url = parseImageUrl(text, allowHttp);
  if (url.search)
    throw new LodgeError({
      code: "request_invalid",
      message: `"${text}" is no image server's address: it must have no query.`,
    });
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** `https://example.com/image?of=mine`, as `parseServer`. */
export function parseImageUrl(text: string, allowHttp: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const refuse = (why: string) =>
    new LodgeError({ code: "request_invalid", message: `"${text}" is no image server's address: ${why}.` });
  if (!url || url.hostname === "" || !["https:", "http:"].includes(url.protocol))
    throw refuse("it must be such as https://images.example.com");
  if (url.username || url.password || url.hash) throw refuse("it must have neither user nor fragment");
  if (url.protocol === "http:" && !allowHttp && !isThisHost(url)) {
    throw refuse(
      "what comes by http can be changed on its way; use https, or set images.allow_http of the server where the way is safe",
    );
  }
  return url;
}

/** A path that a server names, beneath its own address: never elsewhere. `image_server_invalid`. */
export function beneath(server: URL, path: string): URL {
  const refuse = () =>
    untrue(server, `it names the file ${JSON.stringify(path.slice(0, 200))}, which does not lie beneath it`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is refused
  if (path === "" || path.length > 1024 || /[\u0000-\u0020\\?#%\u007f]/.test(path)) throw refuse();
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) throw refuse();
  const url = new URL(server);
  url.pathname = server.pathname + path;
  return url;
}

/** Where a server sends the asker to. `image_server_unreachable`. */
export function redirected(from: URL, location: string | undefined): URL {
  const to = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!to || to.username || to.password) throw unreachable(from, "it redirects to nowhere");
  if (to.protocol !== "https:" && to.origin !== from.origin)
    throw unreachable(from, `it redirects to ${to.origin}, without encryption`);
  return to;
}

const inner = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  inner.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  inner.addSubnet(net, bits, "ipv6");

/** This host, its networks and those beside it: a server elsewhere may not send the daemon there. */
export function isInner(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  const family = isIP(plain);
  return family === 0 || inner.check(plain, family === 4 ? "ipv4" : "ipv6");
}

export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, "$1");

function isThisHost(url: URL): boolean {
  const host = hostOf(url);
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
