import { z } from "zod";
import { keyboardLayouts, keyCodes, namedKeys } from "./keyboard.ts";

const textSchema = z.object({
  /** Typed character by character; a line feed is Enter, a tabulator Tab. */
  text: z.string().min(1).max(65_536),
});

const chordSchema = z.object({
  /** Pressed one after the other and released in reverse: names (`ctrl`, `enter`, `f2`) or single characters (`c`). */
  chord: z.array(z.string().min(1).max(32)).min(1).max(8),
});

const eventSchema = z.object({
  /** A position on the keyboard, which no layout changes (QEMU's QKeyCode), or a key's name. */
  key: z.enum([...keyCodes, ...namedKeys.keys()]),
  /** Pressed, or let go of. A key that is pressed stays so until an event lets go of it. */
  down: z.boolean(),
});

export const keyInputSchema = z.union([textSchema, chordSchema, eventSchema]);
export type KeyInput = z.infer<typeof keyInputSchema>;

/** `POST /1.0/instances/NAME/keys` (extension `lodge_keys`): keys for a virtual machine's keyboard, one after the other. */
export const keysPostSchema = z.object({
  keys: z.array(keyInputSchema).min(1).max(1000),
  /** How the guest reads its keyboard: decides where characters lie on it. */
  layout: z.enum(keyboardLayouts).default("us"),
  /** Milliseconds from one key to the next: a guest that is slow to take them loses keys. */
  interval: z.int().min(10).max(10_000).default(60),
});
export type KeysPost = z.infer<typeof keysPostSchema>;
/** As a client writes it: with what has a default left out. */
export type KeysRequest = z.input<typeof keysPostSchema>;
