import type { IncomingHttpHeaders } from "node:http";
import { aliasNameSchema, LodgeError } from "@lodge/api";
import { headerOf } from "../file-headers.ts";

/** What a client says of an image that it uploads. */
export interface ImageHeaders {
  readonly filename: string;
  readonly public: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
  /** What the upload must hash to, when the client knows. */
  readonly fingerprint?: string;
}

/** `X-LXD-public`, `-filename`, `-properties` (as a URL's query), `-aliases` (separated by commas), `-fingerprint`. */
export function parseImageHeaders(headers: IncomingHttpHeaders): ImageHeaders {
  const fingerprint = headerOf(headers, "fingerprint")?.toLowerCase();
  return {
    filename: plainName(headerOf(headers, "filename") ?? ""),
    public: /^(1|true|yes|on)$/i.test(headerOf(headers, "public") ?? ""),
    properties: Object.fromEntries(new URLSearchParams(headerOf(headers, "properties") ?? "")),
    aliases: (headerOf(headers, "aliases") ?? "").split(",").filter(Boolean).map(alias),
    ...(fingerprint && { fingerprint }),
  };
}

/** The last part of a path, without what could break a header or a terminal. */
function plainName(name: string): string {
  return (name.split("/").at(-1) ?? "").replace(/[^\w.+~ -]/g, "_").slice(0, 255);
}

function alias(text: string): string {
  const parsed = aliasNameSchema.safeParse(text.trim());
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues[0]?.message ?? "";
  throw new LodgeError({ code: "request_invalid", message: `The alias ${JSON.stringify(text)} ${detail}.` });
}
