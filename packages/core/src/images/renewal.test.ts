import { LodgeError } from "@lodge/api";
import { beforeEach, expect, it } from "vitest";
import { silentLog } from "../log.ts";
import type { RunningOperation } from "../operations/operation.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { ProjectImageRecord } from "../store.ts";
import { watchRenewal } from "./renewal.ts";

const date = new Date(0);
const source = { server: "https://images.example.com", protocol: "simplestreams" as const, alias: "debian/12" };
const image = (letter: string, more: Partial<ProjectImageRecord> = {}): ProjectImageRecord => ({
  ...{
    project: "default",
    fingerprint: letter.repeat(64),
    type: "container",
    architecture: "x86_64",
    filename: "",
    size: 1,
    public: false,
  },
  ...{ properties: {}, split: true, createdAt: date, uploadedAt: date, cached: true, autoUpdate: true, source },
  ...more,
});

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

/** Lets so many hours pass, and tells in which of them which images were looked for. */
async function looks(hours: number, config: (hour: number) => Record<string, string>): Promise<string[]> {
  const looked: string[] = [];
  const end = new AbortController();
  let hour = 0;
  const refresh = async (_project: string, fingerprint: string) => {
    looked.push(`${hour}: ${fingerprint[0]}`);
    if (fingerprint.startsWith("f")) throw new LodgeError({ code: "image_server_unreachable", message: "down" });
    return { done: Promise.resolve(), error: undefined } as unknown as RunningOperation;
  };
  const wait = async (milliseconds: number) => {
    hour += milliseconds / 3_600_000;
    if (hour > hours) end.abort();
  };
  await watchRenewal({ store, log: silentLog, config: async () => config(hour), refresh, wait }, end.signal);
  return looked;
}

it("looks for newer ones of those that are to be kept up to date, every so many hours", async () => {
  await store.images.put(image("a"));
  await store.images.put(image("b", { autoUpdate: false }));
  await store.images.put(image("c", { source: { ...source, alias: "" } }));
  const { source: _none, ...own } = image("d");
  await store.images.put(own);
  expect(await looks(13, () => ({}))).toEqual(["6: a", "12: a"]);
  expect(await looks(5, () => ({ "images.auto_update_interval": "2" }))).toEqual(["2: a", "4: a"]);
  expect(await looks(24, () => ({ "images.auto_update_interval": "0" }))).toEqual([]);
});

it("follows a changed interval, and goes on after a server that is away", async () => {
  await store.images.put(image("f"));
  await store.images.put(image("g"));
  const interval = (hour: number) => ({ "images.auto_update_interval": hour < 3 ? "24" : "3" });
  expect(await looks(6, interval)).toEqual(["3: f", "3: g", "6: f", "6: g"]);
});

it("survives a store that does not answer", async () => {
  await store.images.put(image("a"));
  const config = (hour: number): Record<string, string> => {
    if (hour === 6) throw new Error("the database is locked");
    return {};
  };
  expect(await looks(7, config)).toEqual(["7: a"]);
});
