/** What a route does, and the forms of its answers, for the API's description. */
import { asyncEnvelopeSchema } from "@lodge/api";
import { z } from "zod";

export interface Description {
  /** One line, as in a table of contents. */
  readonly summary: string;
  readonly status: 101 | 200 | 201 | 202;
  /** The JSON of the answer, or how else it comes. */
  readonly answer: z.ZodType | { readonly mediaType: string; readonly words: string };
}

const envelope = (metadata: z.ZodType) =>
  z.object({
    type: z.literal("sync"),
    status: z.string(),
    status_code: z.int(),
    operation: z.string(),
    error_code: z.int(),
    error: z.string(),
    metadata,
  });

/** The answer itself. */
export const shows = (metadata: z.ZodType, summary: string): Description => ({
  ...{ summary, status: 200, answer: envelope(metadata) },
});

/** URLs, or the objects with `recursion`. */
export const lists = (one: z.ZodType, summary: string): Description =>
  shows(z.union([z.array(z.string()), z.array(one)]), summary);

/** Done, and nothing to say. */
export const does = (summary: string): Description => shows(z.object({}), summary);

/** 201, with the new object's URL in `Location`. */
export const makes = (summary: string): Description => ({ ...does(summary), status: 201 });

/** 202: an operation goes on. */
export const begins = (summary: string): Description => ({ summary, status: 202, answer: asyncEnvelopeSchema });

export const sends = (mediaType: string, words: string, summary: string): Description => ({
  ...{ summary, status: 200, answer: { mediaType, words } },
});

export const upgrades = (words: string, summary: string): Description => ({
  ...{ summary, status: 101, answer: { mediaType: "", words } },
});
