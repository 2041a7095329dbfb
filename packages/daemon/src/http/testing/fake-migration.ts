import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type MigrationSide } from "@lodge/core";
import { refuse } from "./refuse.ts";

/** Sends its own name. */
export const fakeSending = (name: string): MigrationSide => ({
  ...{ description: "Migrating instance", resources: { instances: [`/1.0/instances/${name}`] } },
  async run(link) {
    await link.sendBytes(Readable.from([Buffer.from(name)]));
    if ((await link.receive()).type !== "done") refuse("internal", "it is not there");
  },
});

/** What comes must be its name. */
export const fakeReceiving = (name: string): MigrationSide => ({
  ...{ description: "Creating instance", resources: { instances: [`/1.0/instances/${name}`] } },
  async run(link) {
    if ((await text(link.readBytes())) !== name) refuse("backup_invalid", "it is another");
    link.send({ type: "done" });
    await link.left(1000);
  },
});
