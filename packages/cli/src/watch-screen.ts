import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { asLodgeError } from "@lodge/api/errors";
import { decodePng, sameScreen } from "@lodge/sdk/picture";
import { readScreen } from "./ocr/read-screen.ts";
import type { WantedText } from "./ocr/wanted-text.ts";

/** Milliseconds between looks at a screen. */
const pause = 400;

/** Takes a screenshot, as PNG. */
export type Camera = () => Promise<Buffer>;

/** A guest that reboots has no screen for a moment. */
async function look(camera: Camera, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await camera();
    } catch (error) {
      if (asLodgeError(error).code !== "instance_not_ready") throw error;
    }
    await delay(pause, undefined, { signal });
  }
}

/** Waits until text is there, and gives the words in which it was found. `seen` is told all text that was read. */
export async function waitForText(
  camera: Camera,
  wanted: WantedText,
  { language, signal, seen }: { language: string; signal: AbortSignal; seen: (text: string) => void },
): Promise<string> {
  // A cursor that blinks makes two pictures of one screen: neither is read again.
  const read = new Set<string>();
  for (;;) {
    const picture = await look(camera, signal);
    const hash = createHash("sha256").update(picture).digest("hex");
    if (!read.has(hash)) {
      read.add(hash);
      const text = await readScreen(picture, language, signal);
      seen(text);
      const found = wanted(text);
      if (found !== undefined) return found;
    }
    await delay(pause, undefined, { signal });
  }
}

/** Waits until the screen shows something else than at first; a cursor that blinks is nothing else. */
export async function waitForChange(camera: Camera, signal: AbortSignal): Promise<void> {
  const first = decodePng(await look(camera, signal));
  do await delay(pause, undefined, { signal });
  while (sameScreen(first, decodePng(await look(camera, signal))));
}

/** Waits until the screen has shown the same for so many milliseconds. */
export async function waitForStillness(camera: Camera, duration: number, signal: AbortSignal): Promise<void> {
  let picture = decodePng(await look(camera, signal));
  let since = performance.now();
  while (performance.now() - since < duration) {
    await delay(pause, undefined, { signal });
    const next = decodePng(await look(camera, signal));
    if (!sameScreen(picture, next)) since = performance.now();
    picture = next;
  }
}
