import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { createPipe } from "../pipe.ts";
import { ended } from "./children.ts";
import { isMissing, posixSpawn } from "./posix-spawn.ts";

/** A process that is there for the namespaces that it is in. */
export interface Holder extends AsyncDisposable {
  readonly pid: number;
}

/** Milliseconds. */
const bound = 10_000;

/**
 * Runs a command that ends in `-- cat`, which answers a line once it is there, and ends with its input. Throws an Error with the words
 * of what did not get that far.
 */
export async function holdProcess([file = "", ...args]: readonly string[]): Promise<Holder> {
  const [input, output, errors] = [createPipe(), createPipe(), createPipe()];
  const stdin = new Socket({ fd: input.write, readable: false, writable: true }).on("error", () => undefined);
  const [stdout, stderr] = [output, errors].map(
    ({ read }) => new Socket({ fd: read, readable: true, writable: false }),
  );
  let complaint = "";
  stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const close = () => {
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
  };
  let pid: number;
  try {
    pid = posixSpawn({ file, args, env: process.env, streams: [input.read, output.write, errors.write] });
  } catch (error) {
    close();
    throw isMissing(error) ? new Error(`${file} is not installed`) : error;
  } finally {
    for (const descriptor of [input.read, output.write, errors.write]) closeSync(descriptor);
  }
  let over = false;
  const exit = ended(pid).then(() => {
    over = true;
  });
  // It is reaped by this thread alone: until then its number is no other's.
  const late = setTimeout(() => void (over || process.kill(pid, "SIGKILL")), bound);
  const release = async () => {
    stdin.end();
    await exit;
    clearTimeout(late);
    close();
  };
  const answer = new Promise<boolean>((resolve) => {
    stdout?.once("data", () => resolve(true)).once("close", () => resolve(false));
  });
  stdin.write("\n");
  if (await answer) return { pid, [Symbol.asyncDispose]: release };
  await release();
  throw new Error(complaint.trim() || `${file} ended early`);
}
