import { createHash } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ServedImages } from "./served-images.ts";
import { indexOf, indexPath, productsOf, productsPath, servedPath } from "./tree.ts";

export interface ImageServerOptions {
  readonly images: Pick<ServedImages, "list" | "open">;
  /** PEM. Missing: http. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly log: (line: string) => void;
}

/** Serves images to whoever asks; it has no other paths and takes nothing. */
export function createImageServer({ images, tls, log }: ImageServerOptions): Server {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    void respond(images, request, response)
      .catch((error: Error) => {
        log(`${request.url}: ${error.message}`);
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end();
      })
      .finally(() => log(`${request.method} ${request.url} → ${response.statusCode}`));
  };
  return tls ? createHttpsServer(tls, answer) : createHttpServer(answer);
}

async function respond(
  images: ImageServerOptions["images"],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "" } = request;
  if (method !== "GET" && method !== "HEAD") return void response.writeHead(405, { allow: "GET, HEAD" }).end();
  if (url === `/${indexPath}`) return sendJson(request, response, indexOf(await images.list()));
  if (url === `/${productsPath}`) return sendJson(request, response, productsOf(await images.list()));
  const path = servedPath(url);
  const file = path && (await images.open(path));
  if (!file) return void response.writeHead(404).end();
  await sendFile(request, response, file);
}

function sendJson({ method, headers }: IncomingMessage, response: ServerResponse, value: object): void {
  const body = Buffer.from(JSON.stringify(value));
  const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
  if (headers["if-none-match"] === etag) return void response.writeHead(304, { etag }).end();
  response.writeHead(200, { etag, "content-type": "application/json", "content-length": body.length });
  response.end(method === "HEAD" ? undefined : body);
}

/** From where `Range: bytes=N-` says, which is how clients go on. */
async function sendFile(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { size, content }: { readonly size: number; readonly content: Readable },
): Promise<void> {
  const from = Number(/^bytes=(\d{1,15})-$/.exec(headers.range ?? "")?.[1] ?? -1);
  const partial = from >= 0 && from < size;
  const range = partial ? { "content-range": `bytes ${from}-${size - 1}/${size}` } : {};
  const start = partial ? from : 0;
  response.writeHead(partial ? 206 : 200, {
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    "content-length": size - start,
    ...range,
  });
  if (method === "HEAD") {
    content.destroy();
    return void response.end();
  }
  await pipeline(content, (source: AsyncIterable<Buffer>) => after(source, start), response);
}

async function* after(source: AsyncIterable<Buffer>, start: number): AsyncGenerator<Buffer, void> {
  let left = start;
  for await (const piece of source) {
    if (piece.length > left) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}
