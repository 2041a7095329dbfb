import { basename } from "node:path";
import type { Readable } from "node:stream";
import { readMultipart } from "./multipart-read.ts";
import type { HttpResponse } from "./transport.ts";

/** One file of an exported image. */
export interface ImageFile {
  /** `metadata`, `rootfs`, `rootfs.img`; `image` for a unified archive. */
  readonly part: string;
  /** As the daemon calls it, without directories. */
  readonly filename: string;
  readonly content: Readable;
}

/** The files in an answer of `GET /1.0/images/FINGERPRINT/export`: a form of them, or a unified archive. */
export async function* imageFiles(response: HttpResponse, fingerprint: string): AsyncGenerator<ImageFile, void> {
  const type = String(response.headers["content-type"] ?? "");
  const boundary = /^multipart\/.*boundary="?([^";]+)/i.exec(type)?.[1];
  if (boundary === undefined) {
    const filename = parameter(String(response.headers["content-disposition"] ?? ""), "filename");
    yield { part: "image", filename: safeName(filename ?? fingerprint), content: response.body };
    return;
  }
  for await (const { headers, content } of readMultipart(response.body, boundary)) {
    const disposition = headers.get("content-disposition") ?? "";
    const part = parameter(disposition, "name") ?? "image";
    yield { part, filename: safeName(parameter(disposition, "filename") ?? part), content };
  }
}

function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|;)\\s*${name}=(?:"([^"]*)"|([^;]+))`, "i").exec(header);
  return match?.[1] ?? match?.[2]?.trim();
}

/** A daemon does not choose where files are written. */
function safeName(filename: string): string {
  const name = basename(filename);
  return name === "" || name === "." || name === ".." ? "image" : name;
}
