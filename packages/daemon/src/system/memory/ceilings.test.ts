import { expect, test } from "vitest";
import { Ceilings } from "./ceilings.ts";

function ceilings(before?: number) {
  let written = before;
  const file = {
    read: async () => written,
    write: async (_id: string, bytes: number | undefined) => {
      written = bytes;
    },
  };
  return { of: new Ceilings(file), written: () => written };
}

test("the lower of what the configuration and the governor say is written", async () => {
  const { of, written } = ceilings();
  await of.own("a", 500);
  expect([written(), await of.held("a")]).toEqual([500, undefined]);
  await of.hold("a", 300);
  expect([written(), await of.held("a")]).toEqual([300, 300]);
  await of.own("a", 200);
  expect(written()).toBe(200);
  await of.own("a", undefined);
  expect(written()).toBe(300);
  await of.release("a");
  expect([written(), await of.held("a")]).toEqual([undefined, undefined]);
});

test("what an earlier daemon held is found, and what its configuration said is not taken for it", async () => {
  const { of, written } = ceilings(300);
  expect(await of.held("a")).toBe(300);
  of.adopt("a", 300);
  expect(await of.held("a")).toBeUndefined();
  await of.hold("a", 100);
  await of.release("a");
  expect(written()).toBe(300);
});

test("what an earlier daemon held stays when the configuration is written again", async () => {
  const { of, written } = ceilings(300);
  await of.keep("a");
  await of.own("a", undefined);
  expect([written(), await of.held("a")]).toEqual([300, 300]);
  await of.own("a", 500);
  await of.release("a");
  expect(written()).toBe(500);
});

test("an instance that is gone leaves nothing for the next of its id", async () => {
  const { of, written } = ceilings();
  await of.own("a", 500);
  await of.hold("a", 300);
  of.forget("a");
  await of.release("a");
  expect(written()).toBeUndefined();
});
