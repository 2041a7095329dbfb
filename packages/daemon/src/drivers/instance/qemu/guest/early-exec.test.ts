import { EventEmitter } from "node:events";
import type { Client } from "ssh2";
import { expect, test } from "vitest";
import type { AgentLine } from "./agent-line.ts";
import { execEarly } from "./early-exec.ts";

/** An agent that tells of an end once, as QEMU's does, and only when it is let. */
function onceTelling() {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  let over = false;
  const execute = async (command: string) => {
    if (command === "guest-exec") return { pid: 7 };
    if (over) throw new Error("Invalid parameter 'pid'");
    asked.resolve();
    await answer.promise;
    over = true;
    setImmediate(told.resolve);
    return { exited: true, exitcode: 3, "out-data": Buffer.from("said").toString("base64") };
  };
  const agent = { use: (work: (agent: unknown) => unknown) => work({ execute }) } as unknown as AgentLine;
  return { agent, asked: asked.promise, answer: answer.resolve, told: told.promise };
}

/** An sshd that says that the command has ended, once `when` has come. */
function sshd(when: Promise<void>): Client {
  const exec = (_command: string, _options: unknown, opened: (error: undefined, channel: unknown) => void) => {
    const channel = Object.assign(new EventEmitter(), { resume: () => channel, stderr: { resume: () => channel } });
    opened(undefined, channel);
    void when.then(() => channel.emit("exit", 1));
  };
  return { exec } as unknown as Client;
}

test("an end that the agent tells while sshd is reached is not lost", async () => {
  const { agent, asked, answer, told } = onceTelling();
  const met = Promise.withResolvers<Client>();
  const idle = { busy() {}, free() {}, hasten() {} };
  const session = execEarly(
    { agent, met: met.promise, ended: new Promise(() => {}), ...idle },
    { command: ["true"], environment: {}, uid: 0, gid: 0 },
  );
  session.stdin.end();
  await asked;
  met.resolve(sshd(told));
  await new Promise(setImmediate);
  answer();
  expect(await session.exit).toBe(3);
  expect(String(await session.stdout.toArray())).toBe("said");
});
