import type { IncomingHttpHeaders } from "node:http";
import { aliasNameSchema, type ImageFormatName, imageFormatSchema, LodgeError } from "@lodge/api";
import { headerOf } from "../file-headers.ts";

/** What a client says of an image that it uploads. */
export interface ImageHeaders {
  readonly filename: string;
  readonly public: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
  /** What the upload must hash to, when the client knows. */
  readonly fingerprint?: string;
  readonly format: ImageFormatName;
  readonly profiles?: readonly string[];
  readonly created?: Date;
}

/**
 * `X-LXD-public`, `-filename`, `-properties` (as a URL's query), `-aliases` (`alias=one&alias=two`, or names separated by commas), `-profiles` (`profile=one`), `-fingerprint`, and Lodge's
 * own: `X-Lodge-Format`, `X-Lodge-Created` (seconds since 1970).
 */
export function parseImageHeaders(headers: IncomingHttpHeaders): ImageHeaders {
  const fingerprint = headerOf(headers, "fingerprint")?.toLowerCase();
  return {
    filename: plainName(headerOf(headers, "filename") ?? ""),
    public: /^(1|true|yes|on)$/i.test(headerOf(headers, "public") ?? ""),
    properties: Object.fromEntries(new URLSearchParams(headerOf(headers, "properties") ?? "")),
    aliases: aliasNames(headerOf(headers, "aliases") ?? "").map(alias),
    ...profiles(headerOf(headers, "profiles")),
    ...(fingerprint && { fingerprint }),
    format: format(ownHeader(headers, "format") ?? "auto"),
    ...created(ownHeader(headers, "created")),
  };
}

function profiles(text: string | undefined): Pick<ImageHeaders, "profiles"> {
  const names = new URLSearchParams(text ?? "").getAll("profile").filter(Boolean);
  return names.length > 0 ? { profiles: names } : {};
}

function ownHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[`x-lodge-${name}`];
  return (Array.isArray(value) ? value[0] : value) || undefined;
}

function format(text: string): ImageFormatName {
  const parsed = imageFormatSchema.safeParse(text.toLowerCase());
  if (parsed.success) return parsed.data;
  throw new LodgeError({
    code: "request_invalid",
    message: `The header X-Lodge-Format is ${JSON.stringify(text)}; it must be one of ${imageFormatSchema.options.join(", ")}.`,
  });
}

function created(seconds: string | undefined): { created?: Date } {
  if (seconds === undefined) return {};
  if (/^\d{1,12}$/.test(seconds) && Number(seconds) <= latest) return { created: new Date(Number(seconds) * 1000) };
  throw new LodgeError({
    code: "request_invalid",
    message: `The header X-Lodge-Created is ${JSON.stringify(seconds)}; it must be a number of seconds since 1970.`,
  });
}

/** The end of the year 9999. */
const latest = 253_402_300_799;

/** The last part of a path, without what could break a header or a terminal. */
function plainName(name: string): string {
  return (name.split("/").at(-1) ?? "").replace(/[^\w.+~ -]/g, "_").slice(0, 255);
}

/** No alias has an equals sign in it. */
function aliasNames(text: string): string[] {
  const names = text.includes("=") ? new URLSearchParams(text).getAll("alias") : text.split(",");
  return names.filter(Boolean);
}

function alias(text: string): string {
  const parsed = aliasNameSchema.safeParse(text.trim());
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues[0]?.message ?? "";
  throw new LodgeError({ code: "request_invalid", message: `The alias ${JSON.stringify(text)} ${detail}.` });
}
