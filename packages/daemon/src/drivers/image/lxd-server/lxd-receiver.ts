/** Other daemons that take an image which they expect: LXD's protocol of `lxc image copy --mode push`. */
import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";
import { LodgeError } from "@lodge/api/errors";
import type { ImageReceiver, ImageTarget, Received } from "@lodge/core";
import { z } from "zod";
import { exportImage } from "../../../system/images/send-image.ts";
import { send } from "../../../system/web/send.ts";
import { connectionProblem } from "../../../system/web/web-error.ts";

export interface LxdReceiverOptions {
  /** Checks an address that a client gave. `request_invalid`. */
  readonly parseServer: (server: string) => Promise<URL>;
}

/** Milliseconds in which nothing moves while files go. */
const stalled = 60_000;
/** Milliseconds for the other server to unpack, check and keep an image; LXD answers nothing meanwhile. */
const checking = 3_600_000;
const longestAnswer = 1 << 20;

const begunAnswer = z.object({
  metadata: z.object({ id: z.uuid(), metadata: z.object({ secret: z.string().optional() }).nullish() }),
});
const endedAnswer = z.object({ metadata: z.object({ status_code: z.number(), err: z.string().nullish() }) });
const errorAnswer = z.object({ error: z.string().min(1) });

export function createLxdReceiver({ parseServer }: LxdReceiverOptions): ImageReceiver {
  return {
    check: async ({ server }) => void (await parseServer(server)),
    async send(to, image, sent, signal) {
      const { certificate, secret, project, profiles = [] } = to;
      const address = await parseServer(to.server);
      const at = (path: string, query: Readonly<Record<string, string>> = {}) => {
        const url = new URL(path, address);
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
        if (project !== undefined) url.searchParams.set("project", project);
        return url;
      };
      const { headers, body } = await exportImage(image);
      const begun = await talk(to, signal, begunAnswer, () =>
        send({
          ...{ url: at("/1.0/images"), method: "POST", patience: stalled, certificate, signal },
          headers: {
            ...headers,
            ...named("fingerprint", image.fingerprint),
            ...named("secret", secret),
            ...named("filename", image.filename),
            ...(profiles.length > 0 && named("profiles", profiles.map(asProfile).join("&"))),
          },
          body: body.pipe(counting(sent, Number(headers["content-length"]))).on("close", () => body.destroy()),
        }),
      );
      const { id, metadata } = begun.metadata;
      const url = at(`/1.0/operations/${id}/wait`, { timeout: "-1", secret: metadata?.secret ?? "" });
      const ended = await talk(to, signal, endedAnswer, () =>
        send({ url, method: "GET", patience: checking, certificate, signal }),
      );
      if (ended.metadata.status_code !== 200) throw failed(to, ended.metadata.err || "it did not keep the image");
    },
  };
}

/** LXD reads the one, Incus the other. */
const named = (name: string, value: string) => ({ [`X-LXD-${name}`]: value, [`X-Incus-${name}`]: value });

const asProfile = (name: string) => `profile=${encodeURIComponent(name)}`;

function counting(sent: Received, size: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      sent("image", bytes, size);
      done(null, piece);
    },
  });
}

async function talk<T>(
  to: ImageTarget,
  signal: AbortSignal,
  schema: z.ZodType<T>,
  ask: () => Promise<IncomingMessage>,
): Promise<T> {
  let answer: unknown;
  let status: number | undefined;
  try {
    const response = await ask();
    status = response.statusCode;
    answer = JSON.parse(await readAnswer(response));
  } catch (error) {
    signal.throwIfAborted();
    throw failed(to, status === undefined ? connectionProblem(error) : `it answers ${status}`, error);
  }
  const error = errorAnswer.safeParse(answer);
  if (error.success) throw failed(to, error.data.error);
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw failed(to, `it answers ${status} and not as LXD does`, parsed.error);
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > longestAnswer) throw new Error("its answer is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function failed({ server }: ImageTarget, why: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "image_push_failed",
    message: `The image could not be sent to ${server}: ${why.replace(/\.$/, "")}.`,
    cause,
  });
}
