import { Readable } from "node:stream";
import { LodgeError } from "@lodge/api";
import type { GuestFiles } from "@lodge/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Api } from "./api.ts";
import { done, sync } from "./envelope.ts";
import { parseFileHeaders, renderFileHeaders } from "./file-headers.ts";
import { streamBodies } from "./json-body.ts";

/** Bytes; the kernel's PATH_MAX. */
const longestPath = 4096;

const pathSchema = z
  .string()
  .min(1)
  .max(longestPath)
  .refine((path) => !path.includes("\0"), "must not contain a NUL byte")
  .transform((path) => (path.startsWith("/") ? path : `/${path}`));

const pathQuerySchema = z.object({ path: pathSchema });

/** `recursion=1`: of a directory all that `FileEntry` says, and not names alone (extension `lodge_file_entries`). */
const readQuerySchema = z.object({ path: pathSchema, recursion: z.coerce.number().int().min(0).default(0) });

/** A URL whose parameters say whose files are meant, and the way to these. */
export interface FileOwner<Params extends z.ZodObject> {
  readonly url: string;
  readonly params: Params;
  readonly open: (project: string, params: z.infer<Params>) => Promise<GuestFiles>;
}

/** `URL/files?path=`: files and directories inside an instance or a volume. */
export function fileRoutes<Params extends z.ZodObject>(app: Api, { url, params, open }: FileOwner<Params>): void {
  streamBodies(app);
  const schema = { params, querystring: pathQuerySchema };
  const opened = (request: Pick<FastifyRequest, "project" | "params">) =>
    open(request.project, request.params as z.infer<Params>);

  app.get(`${url}/files`, { schema: { params, querystring: readQuerySchema } }, async (request, reply) => {
    const { path, recursion } = request.query;
    const files = await opened(request);
    return closing(files, reply, () => sendFile(files, path, recursion > 0, reply));
  });

  /** What `GET` says in its headers. */
  app.head(`${url}/files`, { schema }, async (request, reply) => {
    const files = await opened(request);
    try {
      const info = await files.stat(request.query.path);
      reply.headers(renderFileHeaders(info));
      if (info.type === "directory") return reply.type("application/json").send();
      return reply.type("application/octet-stream").header("content-length", info.size).send();
    } finally {
      await files.close();
    }
  });

  app.post(`${url}/files`, { schema }, async (request) => {
    const headers = parseFileHeaders(request.headers);
    const content = request.body instanceof Readable ? request.body : Readable.from([]);
    const files = await opened(request);
    try {
      await receive(files, request.query.path, headers, content);
    } finally {
      await files.close();
    }
    return done();
  });

  app.delete(`${url}/files`, { schema }, async (request) => {
    const files = await opened(request);
    try {
      await files.remove(request.query.path);
    } finally {
      await files.close();
    }
    return done();
  });
}

/** `PATCH URL/files?path=`: a new name for a file or directory (extension `lodge_file_rename`). */
export function fileRenameRoute<Params extends z.ZodObject>(app: Api, { url, params, open }: FileOwner<Params>): void {
  const schema = { params, querystring: pathQuerySchema, body: z.object({ path: pathSchema }) };

  app.patch(`${url}/files`, { schema }, async (request) => {
    const files = await open(request.project, request.params as z.infer<Params>);
    try {
      await files.rename(request.query.path, request.body.path);
    } finally {
      await files.close();
    }
    return done();
  });
}

/**
 * Closes the files when the answer has been sent, which for a stream is after the handler, or when the client is gone: perhaps before
 * they were open.
 */
async function closing(files: GuestFiles, { raw }: FastifyReply, work: () => Promise<unknown>): Promise<unknown> {
  raw.once("close", () => void files.close());
  if (raw.destroyed) await files.close();
  return work();
}

async function sendFile(files: GuestFiles, path: string, detailed: boolean, reply: FastifyReply): Promise<unknown> {
  const info = await files.stat(path);
  // A link is shown as a link: the client decides whether to follow it.
  reply.headers(renderFileHeaders(info));
  if (info.type === "directory") return sync(await (detailed ? files.entries(path) : files.list(path)));
  reply.type("application/octet-stream");
  if (info.type === "symlink") return reply.send(Buffer.from(info.target ?? ""));
  return reply.send(await files.read(path));
}

async function receive(
  files: GuestFiles,
  path: string,
  { type, append, ...attributes }: ReturnType<typeof parseFileHeaders>,
  content: Readable,
): Promise<void> {
  if (type === "file") return files.write(path, content, attributes, append);
  if (type === "directory") {
    content.resume();
    return files.makeDirectory(path, attributes);
  }
  return files.makeSymlink(path, await readTarget(content), attributes);
}

async function readTarget(content: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > longestPath) {
      throw new LodgeError({ code: "file_invalid", message: `The link's target is longer than ${longestPath} bytes.` });
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}
