/** What is read of another daemon's answers: Lodge's, LXD's or Incus's. */
import { instanceTypeSchema } from "@lodge/api";
import { z } from "zod";

const text = z.string().max(4096);

const imageSchema = z.object({
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  type: instanceTypeSchema.default("container"),
  architecture: text,
  filename: text.default(""),
  size: z
    .number()
    .min(0)
    .max(2 ** 43),
  created_at: text,
  properties: z.record(z.string().max(256), text).nullish(),
  aliases: z.array(z.object({ name: text })).nullish(),
});
export type ServerImage = z.infer<typeof imageSchema>;

export const imagesAnswer = z.object({ metadata: z.array(imageSchema.optional().catch(undefined)) });
export const imageAnswer = z.object({ metadata: imageSchema });
