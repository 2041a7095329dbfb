import { decodePng } from "@lodge/sdk/picture";
import { asPgm, enhance } from "./enhance.ts";
import { recognise } from "./tesseract.ts";

/** The text on a screenshot, line by line. */
export async function readScreen(png: Buffer, language: string, signal?: AbortSignal): Promise<string> {
  return recognise(asPgm(enhance(decodePng(png))), language, signal);
}
