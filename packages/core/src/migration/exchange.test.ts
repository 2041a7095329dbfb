import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { LodgeError, type MigrationMessage } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { receiveOver, sendOver } from "./exchange.ts";
import { linkedPair } from "./testing/linked-pair.ts";

const open = async () => Readable.from([Buffer.from("abc")]);
const full = new LodgeError({ code: "pool_full", message: "No room." });
const failed = (message: string) => expect.objectContaining({ code: "migration_failed", message });

describe("what goes from one to the other", () => {
  it("ends when it is there", async () => {
    const [source, target] = linkedPair();
    let got = "";
    const receiving = receiveOver(target, "instance", async (bytes) => {
      got = await text(bytes);
    });
    await Promise.all([sendOver(source, "instance", open), receiving]);
    expect(got).toBe("abc");
    expect([source.said, target.said].map((said) => said.map(({ type }) => type))).toEqual([
      ["hello"],
      ["ready", "done"],
    ]);
  });

  it("is given up by both when the target cannot take it, though bytes still go", async () => {
    const [source, target] = linkedPair();
    const endless = new Readable({ read() {} });
    const ended = await Promise.allSettled([
      sendOver(source, "instance", async () => endless),
      receiveOver(target, "instance", () => Promise.reject(full)),
    ]);
    expect(ended).toMatchObject([{ reason: failed("The other server gave up: No room.") }, { reason: full }]);
    expect(endless.destroyed).toBe(true);
  });

  it("is given up by both when the source cannot read on", async () => {
    const [source, target] = linkedPair();
    const sending = sendOver(source, "instance", () => Promise.reject(full));
    const receiving = receiveOver(target, "instance", async (bytes) => void (await text(bytes)));
    const ended = await Promise.allSettled([sending, receiving]);
    expect(ended).toMatchObject([{ reason: full }, { reason: failed("The other server gave up: No room.") }]);
  });

  it("is given up by both when the connection breaks", async () => {
    const [source, target] = linkedPair();
    const sending = sendOver(source, "instance", async () => new Readable({ read() {} }));
    const receiving = receiveOver(target, "instance", async (bytes) => {
      source.cut();
      await text(bytes);
    });
    const broken = { reason: failed("The connection broke off.") };
    expect(await Promise.allSettled([sending, receiving])).toMatchObject([broken, broken]);
  });

  it("may be there when only the last word is missing", async () => {
    const [source, target] = linkedPair();
    const sending = sendOver(source, "instance", open);
    await target.receive();
    target.send({ type: "ready", lodge_migration: 1 });
    await text(target.readBytes());
    source.cut();
    await expect(sending).rejects.toThrow("It may be there, whole");
  });
});

describe("who is spoken to", () => {
  it.each<[string, MigrationMessage]>([
    ["another version", { type: "hello", lodge_migration: 2, of: "instance" }],
    ["another thing", { type: "hello", lodge_migration: 1, of: "volume" }],
    ["another order", { type: "done" }],
  ])("is refused for %s", async (_what, message) => {
    const [source, target] = linkedPair();
    source.send(message);
    const making = receiveOver(target, "instance", async () => undefined);
    await expect(making).rejects.toMatchObject({ code: "migration_failed" });
    expect(await source.receive()).toMatchObject({ type: "failed" });
  });

  it("is refused for another version of the target", async () => {
    const [source, target] = linkedPair();
    target.send({ type: "ready", lodge_migration: 2 });
    await expect(sendOver(source, "instance", open)).rejects.toThrow("it speaks version 2");
  });
});
