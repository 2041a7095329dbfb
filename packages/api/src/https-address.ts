/** Where HTTPS is served. Free of zod. */
import { isIP } from "node:net";
import type { ValueCheck } from "./values.ts";

export const defaultHttpsPort = 8443;

export interface HttpsAddress {
  /** Empty: all addresses of the host, IPv6 and IPv4. */
  readonly host: string;
  readonly port: number;
}

/** `:8443`, `192.0.2.1`, `192.0.2.1:8443`, `[::]:8443`, `[2001:db8::1]`, `2001:db8::1`; undefined when it is none of these. */
export function parseHttpsAddress(text: string): HttpsAddress | undefined {
  if (isIP(text) !== 0) return { host: text, port: defaultHttpsPort };
  const match = /^(?:\[(?<six>[^\]]*)\]|(?<four>[^:[\]]*))(?::(?<port>\d{1,5}))?$/.exec(text);
  if (!match?.groups) return undefined;
  const { six, four = "", port } = match.groups;
  const number = port === undefined ? defaultHttpsPort : Number(port);
  if (number < 1 || number > 65_535 || (port === undefined && text === "")) return undefined;
  if (six !== undefined) return isIP(six) === 6 ? { host: six, port: number } : undefined;
  return four === "" || isIP(four) === 4 ? { host: four, port: number } : undefined;
}

/** As a URL writes it: `192.0.2.1:8443`, `[::1]:8443`. */
export function hostAndPort({ host, port }: HttpsAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

export const httpsAddress: ValueCheck = (value) =>
  parseHttpsAddress(value) ? undefined : "must be an address and a port such as :8443, 192.0.2.1:8443 or [::1]:8443";
