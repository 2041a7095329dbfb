import { styleText } from "node:util";
import type { Output } from "./streams.ts";

export type Colour = "red" | "green" | "yellow" | "cyan" | "dim" | "bold";
/** Colours text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const noPaint: Paint = (_colour, text) => text;

/** Colour only on a terminal, and not when NO_COLOR (no-color.org) is set. */
export function paintFor(output: Output, env: Readonly<Record<string, string | undefined>>): Paint {
  if (!output.isTTY || env.NO_COLOR || env.TERM === "dumb") return noPaint;
  return (colour, text) => styleText(colour, text, { validateStream: false });
}
