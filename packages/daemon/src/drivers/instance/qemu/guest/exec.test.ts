import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Client } from "ssh2";
import { expect, test } from "vitest";
import { followExec } from "./exec.ts";

/** The guest's side of a command: what is written to it comes to the host. */
class FakeChannel extends PassThrough {
  readonly stderr = new PassThrough();

  close(): void {
    this.end();
    this.stderr.end();
    this.once("end", () => this.emit("close"));
  }
}

/** An sshd that is asked to run further commands; each is over when it is answered. */
function sshd() {
  const asked: FakeChannel[] = [];
  const exec = (_command: string, _options: object, begun: (error: undefined, channel: FakeChannel) => void) => {
    const channel = new FakeChannel();
    asked.push(channel);
    begun(undefined, channel);
  };
  return { asked, client: { exec } as unknown as Client };
}

test("what a busy guest brings long after the end of its command is read, and what a background process keeps open ends", async () => {
  const { asked, client } = sshd();
  const channel = new FakeChannel();
  const session = followExec(client, channel as never, "token");
  const told = text(session.stdout);
  channel.emit("exit", 7);
  expect(await session.exit).toBe(7);
  await expect.poll(() => asked.length).toBe(1);
  channel.write("late");
  asked[0]?.close();
  await expect.poll(() => asked.length).toBe(2);
  asked[1]?.close();
  expect(await told).toBe("late");
});
