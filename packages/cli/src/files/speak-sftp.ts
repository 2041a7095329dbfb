import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Context } from "../context.ts";

/** Joins standard input and output to a connection until either side ends. */
export async function speakSftp({ surroundings }: Context, connection: Duplex): Promise<void> {
  const { stdin, stdout } = surroundings;
  await Promise.race([pipeline(stdin, connection), pipeline(connection, stdout, { end: false })]);
  connection.destroy();
}
