import { EventEmitter } from "node:events";
import type { Client } from "ssh2";
import { expect, test } from "vitest";
import type { AgentLine } from "./agent-line.ts";
import type { CallLine, Ended } from "./call-line.ts";
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

/** An sshd that says that the command has ended, once `when` has come; as often as is told, that it has not begun. */
function sshd(when: Promise<void>, early = 0, claimed = () => {}): Client {
  let left = early;
  const exec = (_command: string, _options: unknown, opened: (error: undefined, channel: unknown) => void) => {
    const channel = Object.assign(new EventEmitter(), { resume: () => channel, stderr: { resume: () => channel } });
    opened(undefined, channel);
    claimed();
    void when.then(() => channel.emit("exit", left-- > 0 ? 2 : 1));
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

test("what waits in the guest runs it, and what sshd takes over meanwhile is sshd's", async () => {
  const told = Promise.withResolvers<Ended>();
  const asked: (readonly string[])[] = [];
  const run = (_token: string, words: readonly string[]) => {
    asked.push(words);
    return told.promise;
  };
  const met = Promise.withResolvers<Client>();
  const idle = { busy() {}, free() {}, hasten() {} };
  const agent = { use: () => Promise.reject(new Error("nobody needs it")) } as unknown as AgentLine;
  const session = execEarly(
    { agent, call: { run } as unknown as CallLine, met: met.promise, ended: new Promise(() => {}), ...idle },
    { command: ["true"], environment: {}, uid: 0, gid: 0 },
  );
  session.stdin.end();
  await new Promise(setImmediate);
  // It has ended by then: sshd says that there is nothing to take over.
  met.resolve(sshd(Promise.resolve()));
  told.resolve({ status: 3, stdout: Buffer.from("said"), stderr: Buffer.from("") });
  expect(await session.exit).toBe(3);
  expect(String(await session.stdout.toArray())).toBe("said");
  expect(asked).toEqual([["0", "0", "", "true"]]);
});

test("what has not begun yet when sshd is reached is asked for again", async () => {
  let claims = 0;
  const execute = async (command: string) => {
    if (command === "guest-exec") return { pid: 7 };
    return claims < 3 ? { exited: false } : { exited: true, exitcode: 3 };
  };
  const agent = { use: (work: (agent: unknown) => unknown) => work({ execute }) } as unknown as AgentLine;
  const client = sshd(Promise.resolve(), 2, () => {
    claims += 1;
  });
  const met = Promise.withResolvers<Client>();
  const idle = { busy: () => setTimeout(() => met.resolve(client), 20), free() {}, hasten() {} };
  const session = execEarly(
    { agent, met: met.promise, ended: new Promise(() => {}), ...idle },
    { command: ["true"], environment: {}, uid: 0, gid: 0 },
  );
  session.stdin.end();
  expect(await session.exit).toBe(3);
  expect(claims).toBe(3);
});
