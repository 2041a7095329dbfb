import { planKeys } from "@lodge/core";
import type { InputEvent } from "@lodge/qmp";
import { expect, test } from "vitest";
import { pressKeys } from "./keyboard.ts";

const plan = (text: string) => planKeys({ keys: [{ text }], layout: "us", interval: 10 });

/** What a guest would see, as `+a -a`; an error once `limit` commands have been sent. */
function machine(limit = Infinity) {
  const seen: string[] = [];
  let commands = 0;
  const execute = async (_command: string, { events }: { events: readonly InputEvent[] }) => {
    commands += 1;
    if (commands === limit) throw new Error("QEMU is gone");
    seen.push(...events.map(({ data }) => `${data.down ? "+" : "-"}${data.key.data}`));
    return {};
  };
  return { seen, qmp: { execute } as unknown as Parameters<typeof pressKeys>[0] };
}

test("keys are pressed and released in order", async () => {
  const { seen, qmp } = machine();
  await pressKeys(qmp, plan("aB"), new AbortController().signal);
  expect(seen).toEqual(["+a", "-a", "+shift", "+b", "-b", "-shift"]);
});

test("what is pressed is let go of when it is aborted", async () => {
  const { seen, qmp } = machine();
  const stop = new AbortController();
  const pressing = pressKeys(qmp, plan("AAAA"), stop.signal);
  stop.abort(new Error("enough"));
  await expect(pressing).rejects.toThrow();
  expect(seen).toEqual(["+shift", "+a", "-a", "-shift"]);
});

test("a failure is told", async () => {
  const { qmp } = machine(3);
  await expect(pressKeys(qmp, plan("abc"), new AbortController().signal)).rejects.toThrow("gone");
});
