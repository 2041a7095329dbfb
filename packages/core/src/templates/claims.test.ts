import { expect, it } from "vitest";
import type { InstanceId } from "../instances/driver.ts";
import { Claims } from "./claims.ts";

const [one, two] = ["00000001", "00000002"] as [InstanceId, InstanceId];

it("is free when nobody claims it any more, however often a claim is given up", async () => {
  const claims = new Claims();
  const held = [claims.claim(one), claims.claim(one)];
  let free = false;
  const waiting = claims.free(one).then(() => {
    free = true;
  });
  await claims.free(two);
  held[0]?.[Symbol.dispose]();
  held[0]?.[Symbol.dispose]();
  await new Promise(setImmediate);
  expect(free).toBe(false);
  held[1]?.[Symbol.dispose]();
  await waiting;
  await claims.free(one);
});
