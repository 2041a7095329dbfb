import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";

/** Has a daemon say its metrics, as Prometheus does, and returns the milliseconds from the question to the last byte. */
export async function scrape(socketPath: string): Promise<number> {
  const begun = performance.now();
  const asked = request({ socketPath, path: "/1.0/metrics", signal: AbortSignal.timeout(60_000) });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const said = await buffer(answer);
  if (answer.statusCode !== 200 || !said.subarray(-6).equals(Buffer.from("# EOF\n"))) {
    throw new Error(`the metrics came with the status ${answer.statusCode} and ${said.length} bytes`);
  }
  return performance.now() - begun;
}
