import { expect, test, vi } from "vitest";
import { Turns } from "./turns.ts";

const never = new Promise<void>(() => undefined);
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("what has time waits for all else, and for each other", async () => {
  const turns = new Turns();
  const [one, two] = [turns.hold(), turns.hold()];
  const order: string[] = [];
  const take = async (name: string) => {
    const turn = await turns.take(never);
    order.push(name);
    return turn;
  };
  const [first, second] = [take("first"), take("second")];
  one[Symbol.dispose]();
  await settled();
  expect(order).toEqual([]);
  two[Symbol.dispose]();
  two[Symbol.dispose]();
  const turn = await first;
  await settled();
  expect(order).toEqual(["first"]);
  turn[Symbol.dispose]();
  (await second)[Symbol.dispose]();
  expect(order).toEqual(["first", "second"]);
  (await turns.take(never))[Symbol.dispose]();
});

test("what has no time any more goes on", async () => {
  const turns = new Turns();
  using _held = turns.hold();
  const urgent = Promise.withResolvers<void>();
  const taken = turns.take(urgent.promise);
  const after = turns.take(never);
  urgent.resolve();
  (await taken)[Symbol.dispose]();
  expect(await Promise.race([after.then(() => "taken"), settled().then(() => "waits")])).toBe("waits");
});

test("a guest's command keeps others waiting for a while, and not itself", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const turns = new Turns();
    const [one, other] = [{}, {}];
    const command = turns.holdFor(100, one);
    turns.holdFor(100, other)[Symbol.dispose]();
    const taken: string[] = [];
    const take = async (name: string, guest: object) => {
      using _turn = await turns.take(never, guest);
      taken.push(name);
    };
    const all = [take("another's", other), take("its own", one)];
    await settled();
    expect(taken).toEqual(["its own"]);
    vi.advanceTimersByTime(100);
    await Promise.all(all);
    expect(taken).toEqual(["its own", "another's"]);
    command[Symbol.dispose]();
  } finally {
    vi.useRealTimers();
  }
});
