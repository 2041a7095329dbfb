import { createInterface } from "node:readline/promises";
import type { Surroundings } from "../terminal/streams.ts";

/** Asks a person for a line; undefined where nobody is there to answer. */
export async function ask({ stdin, stderr }: Surroundings, question: string): Promise<string | undefined> {
  if (!stdin.isTTY) return undefined;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
