import type { IncomingMessage } from "node:http";
import { LodgeError } from "@lodge/api";
import type { Api } from "./api.ts";

/** Bytes of a JSON body; an image definition's text fits in. */
export const jsonBodyLimit = 4 << 20;

/** Bodies are JSON whatever their content type says: LXD does not look at it, and curl sends its own. */
export function parseJsonBodies(app: Api): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string", bodyLimit: jsonBodyLimit }, (_request, body, done) => {
    try {
      done(null, parseJson(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Bodies are left as streams: for uploads, which have no bound. */
export function streamBodies(app: Api): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request: unknown, payload: IncomingMessage, done) => done(null, payload));
}

export function parseJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LodgeError({ code: "request_invalid", message: "The body is not JSON.", cause: error });
  }
}
