import { finished } from "node:stream/promises";
import type { Context } from "./context.ts";
import { detachKeys, keyName } from "./terminal/detach-keys.ts";
import { rawMode } from "./terminal/raw-mode.ts";
import { endedBySignal } from "./terminal/signals.ts";

/** Joins this terminal with an instance's console until the user leaves or the console ends. */
export async function attachTerminal(context: Context, instance: string, escape: number): Promise<void> {
  const { stdin, stdout, signals } = context.surroundings;
  const client = await context.client();
  const session = await client.instances.console(instance, { columns: stdout.columns || 80, rows: stdout.rows || 24 });
  if (stdin.isTTY)
    context.note(`Attached to the console of ${instance}. ${keyName(escape)} q detaches; Return may bring a prompt.`);
  const left = Promise.withResolvers<"left">();
  const keys = detachKeys(escape);
  const typed = (input: Buffer) => {
    const { send, detach } = keys.feed(input);
    if (send.length > 0) session.stream.write(send);
    if (detach) left.resolve("left");
  };
  const resize = () => session.resize(stdout.columns || 80, stdout.rows || 24);
  using _raw = rawMode(stdin);
  using signal = endedBySignal(signals);
  stdin.on("data", typed);
  stdout.on("resize", resize);
  session.stream.pipe(stdout, { end: false });
  try {
    const closed = finished(session.stream, { writable: false }).catch(() => undefined);
    const how = await Promise.race([left.promise, closed, signal.ended]);
    if (stdin.isTTY) context.note(how === "left" ? "\r\nDetached." : "\r\nThe console has ended.");
  } finally {
    stdin.off("data", typed);
    stdin.pause();
    stdout.off("resize", resize);
    session.close();
  }
}
