import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { asLodgeError } from "@lodge/api/errors";
import { decodePng, sameScreen } from "@lodge/sdk/picture";
import { readScreen } from "./ocr/read-screen.ts";
import type { WantedText } from "./ocr/wanted-text.ts";

/** Milliseconds between looks at a screen. */
const pause = 400;

/** How pictures are looked at. */
export interface Eyes<Picture> {
  decodePng(png: Buffer): Picture;
  /** A cursor that blinks is no difference. */
  sameScreen(a: Picture, b: Picture): boolean;
  readScreen(png: Buffer, language: string, signal: AbortSignal): Promise<string>;
}

const ours = { decodePng, sameScreen, readScreen };

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
  eyes: Pick<Eyes<unknown>, "readScreen"> = ours,
): Promise<string> {
  // A cursor that blinks makes two pictures of one screen: neither is read again.
  const read = new Set<string>();
  for (;;) {
    const picture = await look(camera, signal);
    const hash = createHash("sha256").update(picture).digest("hex");
    if (!read.has(hash)) {
      read.add(hash);
      const text = await eyes.readScreen(picture, language, signal);
      seen(text);
      const found = wanted(text);
      if (found !== undefined) return found;
    }
    await delay(pause, undefined, { signal });
  }
}

/** Waits until the screen shows something else than at first. */
export function waitForChange(camera: Camera, signal: AbortSignal): Promise<void> {
  return waitForChangeWith(ours, camera, signal);
}

export async function waitForChangeWith<P>(eyes: Eyes<P>, camera: Camera, signal: AbortSignal): Promise<void> {
  const first = eyes.decodePng(await look(camera, signal));
  do await delay(pause, undefined, { signal });
  while (eyes.sameScreen(first, eyes.decodePng(await look(camera, signal))));
}

/** Waits until the screen has shown the same for so many milliseconds. */
export function waitForStillness(camera: Camera, duration: number, signal: AbortSignal): Promise<void> {
  return waitForStillnessWith(ours, camera, duration, signal);
}

export async function waitForStillnessWith<P>(
  eyes: Eyes<P>,
  camera: Camera,
  duration: number,
  signal: AbortSignal,
): Promise<void> {
  let picture = eyes.decodePng(await look(camera, signal));
  let since = performance.now();
  while (performance.now() - since < duration) {
    await delay(pause, undefined, { signal });
    const next = eyes.decodePng(await look(camera, signal));
    if (!eyes.sameScreen(picture, next)) since = performance.now();
    picture = next;
  }
}
