import { pino } from "pino";
import type { Client } from "ssh2";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Meeting } from "./meeting.ts";

const log = pino({ level: "silent" });
let done: string[];
let fails: boolean;
const steps = {
  turn: async () => ({ [Symbol.dispose]: () => undefined }),
  async settle() {
    if (fails) throw new Error("no agent");
    done.push("settled");
  },
  async renew() {
    if (fails) throw new Error("no agent");
    done.push("renewed");
  },
  connect: () => void done.push("connected"),
};
const newMeeting = () => new Meeting(steps, log);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
  fails = false;
});
afterEach(() => vi.useRealTimers());

test("a guest of which nobody asks anything gets its addresses, and then its sshd", async () => {
  const meeting = newMeeting();
  meeting.introduce();
  expect(meeting.stage).toBe("under way");
  await pass(450);
  expect(done).toEqual([]);
  await pass(100);
  expect(done).toEqual(["settled"]);
  await pass(500);
  expect(done).toEqual(["settled", "renewed", "connected"]);
  meeting.hasten();
  await pass(10_000);
  expect(done).toHaveLength(3);
  const client = {} as Client;
  meeting.done(client);
  expect(meeting.stage).toBe("over");
  expect(await meeting.met).toBe(client);
});

test("commands come first: addresses after the first of them, sshd after the last, or when that takes too long", async () => {
  const meeting = newMeeting();
  meeting.introduce();
  await pass(400);
  meeting.busy();
  await pass(400);
  expect(done).toEqual([]);
  meeting.free();
  await pass(10);
  expect(done).toEqual(["settled"]);
  for (let commands = 0; commands < 6; commands++) {
    meeting.busy();
    await pass(200);
    meeting.free();
    await pass(200);
  }
  expect(done).toEqual(["settled"]);
  meeting.busy();
  await pass(600);
  expect(done).toEqual(["settled", "renewed", "connected"]);
});

test("whoever needs it waits for nothing but that", async () => {
  const meeting = newMeeting();
  meeting.hasten();
  await pass(10);
  expect(done).toEqual([]);
  meeting.introduce();
  await pass(10);
  expect(done).toEqual(["settled", "renewed", "connected"]);
});

test("it waits for its turn, unless somebody waits for it", async () => {
  const turn = (urgent: Promise<void>) => urgent.then(() => ({ [Symbol.dispose]: () => done.push("turn over") }));
  const meeting = new Meeting({ ...steps, turn }, log);
  meeting.introduce();
  await pass(2_000);
  expect(done).toEqual([]);
  meeting.hasten();
  await pass(10);
  expect(done).toEqual(["settled", "turn over", "renewed", "connected"]);
  meeting.done({} as Client);
  await pass(10);
  expect(done).toEqual(["settled", "turn over", "renewed", "connected", "turn over"]);
});

test("without an agent the sshd that is there is connected to, and none when the run is over", async () => {
  fails = true;
  const meeting = newMeeting();
  meeting.introduce();
  meeting.hasten();
  await vi.waitFor(() => expect(done).toEqual(["connected"]), { timeout: 5_000 });
  const ended = newMeeting();
  ended.introduce();
  ended.end();
  await pass(10_000);
  expect(done).toEqual(["connected"]);
});

test.each([
  [true, ["settled", "renewed", "connected"]],
  [false, ["connected"]],
])("a later daemon goes on at once, anew: %s", async (anew, expected) => {
  newMeeting().resume(anew);
  await pass(10);
  expect(done).toEqual(expected);
});
