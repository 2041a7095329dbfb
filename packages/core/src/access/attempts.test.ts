import { expect, it } from "vitest";
import { TrustAttempts } from "./attempts.ts";

function attempts() {
  const clock = { now: 0 };
  return { clock, attempts: new TrustAttempts(() => clock.now) };
}
const failing = (each: TrustAttempts, address: string, times: number) => {
  for (let i = 0; i < times; i++) each.failed(address);
};
const exceeded = expect.objectContaining({ code: "trust_attempts_exceeded" });
const tried = (each: TrustAttempts, address: string): unknown => {
  try {
    return each.check(address);
  } catch (error) {
    return error;
  }
};

it("lets an address fail five times a minute, and others go on", () => {
  const { clock, attempts: a } = attempts();
  failing(a, "192.0.2.1", 4);
  clock.now = 1000;
  a.failed("::ffff:192.0.2.1");
  expect(tried(a, "192.0.2.1")).toMatchObject({ message: expect.stringContaining("in 59 s") });
  expect(tried(a, "192.0.2.2")).toBeUndefined();
  clock.now = 60_000;
  expect(tried(a, "192.0.2.1")).toBeUndefined();
});

it.each([
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["fe80::1%eth0", "fe80::2", true],
  ["::1", "::2", true],
])("takes %s and %s for one: %s", (one, other, same) => {
  const { attempts: a } = attempts();
  failing(a, one, 5);
  expect(tried(a, other)).toEqual(same ? exceeded : undefined);
});

it("lets all together fail a hundred times a minute, and forgets old addresses", () => {
  const { clock, attempts: a } = attempts();
  for (let i = 0; i < 100; i++) a.failed(`192.0.2.${i}`);
  expect(tried(a, "198.51.100.1")).toEqual(exceeded);
  clock.now = 60_001;
  expect(tried(a, "198.51.100.1")).toBeUndefined();
  for (let i = 0; i < 5000; i++) a.failed(`host${i}`);
});
