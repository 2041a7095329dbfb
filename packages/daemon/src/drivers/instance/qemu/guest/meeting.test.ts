import { pino } from "pino";
import type { Client } from "ssh2";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Meeting } from "./meeting.ts";

const log = pino({ level: "silent" });
let done: string[];
let fails: boolean;
const steps = {
  async renew() {
    if (fails) throw new Error("no agent");
    done.push("renewed");
  },
  connect: () => void done.push("connected"),
};
const newMeeting = () => new Meeting(steps, log);

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
  fails = false;
});
afterEach(() => vi.useRealTimers());

test("sshd begins anew, and is connected to then, when nobody has asked for anything for a while", async () => {
  const meeting = newMeeting();
  meeting.introduce();
  expect(meeting.stage).toBe("under way");
  await vi.advanceTimersByTimeAsync(200);
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(100);
  expect(done).toEqual(["renewed", "connected"]);
  meeting.within(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(done).toHaveLength(2);
  const client = {} as Client;
  meeting.done(client);
  expect(meeting.stage).toBe("over");
  expect(await meeting.met).toBe(client);
});

test("it is put off, and hastened", async () => {
  const meeting = newMeeting();
  meeting.within(0);
  await vi.advanceTimersByTimeAsync(10);
  expect(done).toEqual([]);
  meeting.introduce();
  meeting.within(1_000);
  await vi.advanceTimersByTimeAsync(900);
  expect(done).toEqual([]);
  meeting.within(0);
  await vi.advanceTimersByTimeAsync(20);
  expect(done).toEqual(["renewed", "connected"]);
});

test("without an agent the sshd that is there is connected to, and none when the run is over", async () => {
  fails = true;
  const meeting = newMeeting();
  meeting.begin("renew");
  await vi.advanceTimersByTimeAsync(20);
  expect(done).toEqual(["connected"]);
  const ended = newMeeting();
  ended.introduce();
  ended.end();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(done).toEqual(["connected"]);
});
