import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

/** Has a daemon say its metrics, as Prometheus does, and returns the milliseconds from the question to the last byte. */
export async function scrape(socketPath: string): Promise<number> {
  const begun = performance.now();
  await metrics(socketPath);
  return performance.now() - begun;
}

/** Milliseconds by which Lodge's event loop was late since its metrics were asked for last, but for one time in a hundred. */
export async function eventLoopDelay(socketPath: string): Promise<number> {
  const name = "lodge_daemon_event_loop_delay_seconds";
  const [, seconds] = new RegExp(`^${name}\\{statistic="p99"\\} (\\S+)$`, "m").exec(await metrics(socketPath)) ?? [];
  if (seconds === undefined) throw new Error(`the metrics have no ${name}`);
  return Number(seconds) * 1000;
}

async function metrics(socketPath: string): Promise<string> {
  const asked = request({ socketPath, path: "/1.0/metrics", signal: AbortSignal.timeout(60_000) });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const said = await text(answer);
  if (answer.statusCode === 200 && said.endsWith("# EOF\n")) return said;
  throw new Error(`the metrics came with the status ${answer.statusCode} and ${said.length} bytes`);
}
