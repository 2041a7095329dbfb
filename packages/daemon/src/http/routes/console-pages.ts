import { LodgeError } from "@lodge/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Api, RouteContext } from "../api.ts";
import { type Asset, Assets } from "../console/assets.ts";

/**
 * What the console's pages may load: what this server serves. Styles are also allowed in the page, because the terminal (xterm.js) writes
 * its colours and sizes into style elements; scripts never are. Pictures also come out of style sheets (`data:`) and of answers (`blob:`).
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const securityHeaders = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** `/ui/`: the web console (extension `lodge_console`). The files are the same for everybody; what they show, the API decides. */
export async function consolePageRoutes(app: Api, { consoleAssets }: RouteContext): Promise<void> {
  const assets = new Assets(consoleAssets);

  app.get("/", (request, reply) => send(request, reply, "index.html"));

  app.get("/*", (request, reply) => {
    const { "*": name } = request.params as { "*": string };
    // Pages have no dot in their last part but those of instances' names, which have none.
    return send(request, reply, /\.[a-z0-9]+$/.test(name) ? name : "index.html");
  });

  async function send(request: FastifyRequest, reply: FastifyReply, name: string): Promise<unknown> {
    const asset = await assets.find(name);
    if (!asset) throw missing(name);
    // A file with a hash in its name never changes.
    reply.header("cache-control", name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
    return reply
      .headers(securityHeaders)
      .type(asset.type)
      .send(contentFor(asset, request, reply));
  }
}

function contentFor({ content, compressed }: Asset, { headers }: FastifyRequest, reply: FastifyReply): Buffer {
  reply.header("vary", "accept-encoding");
  const accepted = headers["accept-encoding"] ?? "";
  for (const way of ["br", "gzip"] as const) {
    const bytes = compressed[way];
    if (!bytes || !new RegExp(`\\b${way}\\b`).test(accepted)) continue;
    reply.header("content-encoding", way);
    return bytes;
  }
  return content;
}

function missing(name: string): LodgeError {
  const message =
    name === "index.html"
      ? "The console has not been built; `npm run build` in Lodge's checkout does it."
      : `The console has no file ${name}.`;
  return new LodgeError({ code: "request_not_found", message });
}
