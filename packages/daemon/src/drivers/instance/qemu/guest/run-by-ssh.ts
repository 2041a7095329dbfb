import type { Client } from "ssh2";
import { openExec } from "./exec.ts";

export interface GuestProgram {
  /** For the guest's shell. */
  readonly command: string;
  readonly input?: string;
  /** Milliseconds. */
  readonly patience: number;
}

/** Has a guest run a program to its end. Throws with its words when it failed. */
export async function runBySsh(client: Client, { command, input = "", patience }: GuestProgram): Promise<void> {
  const attach = (channel: Channel) => ended(channel, input, patience);
  const { status, words } = await openExec(client, command, attach).then((outcome) => outcome());
  if (status !== 0) throw new Error(words.trim() || `the guest's shell ended with status ${status ?? "unknown"}`);
}

interface Outcome {
  /** Undefined: the guest did not answer. */
  readonly status: number | undefined;
  readonly words: string;
}

type Channel = Parameters<Parameters<typeof openExec<unknown>>[2]>[0];

/** Begins to listen at once; the result is asked for later, because a promise would be waited for too early. */
function ended(channel: Channel, input: string, patience: number): () => Promise<Outcome> {
  const outcome = new Promise<Outcome>((resolve) => {
    let words = "";
    let status: number | undefined;
    const timer = setTimeout(() => channel.close(), patience);
    channel
      .resume()
      .stderr.setEncoding("utf8")
      .on("data", (text: string) => {
        words += text;
      });
    channel.once("exit", (code: number | null) => {
      status = code ?? undefined;
    });
    channel.once("close", () => {
      clearTimeout(timer);
      resolve({ status, words: status === undefined ? words || "the guest did not answer in time" : words });
    });
  });
  channel.end(input);
  return () => outcome;
}
