/** The file system of LODGE_DIR runs full, to the last block: of a daemon that serves, and of one that starts. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Ballast } from "../harness/ballast.ts";
import type { Lodge } from "../harness/lodge.ts";
import { mountSmallFileSystem } from "../harness/small-file-system.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
let disk: Awaited<ReturnType<typeof mountSmallFileSystem>>;
const ballast = new Ballast(() => disk.directory);
beforeAll(async () => {
  disk = await mountSmallFileSystem(512 * 2 ** 20);
  lodge = await startLodge({ images: ["tiny"], within: disk.directory });
  for (const name of ["c", "d"]) await lodge.must("launch", "tiny", name);
  await lodge.must("stop", "d");
  await lodge.must("snapshot", "create", "d", "s");
});
afterAll(async () => {
  await lodge?.stop();
  await disk?.[Symbol.asyncDispose]();
});

const inPool = (place: string) => readdirSync(join(lodge.directory, "pools/default", place)).sort();
const everything = () => [inPool("roots"), inPool("layers"), readdirSync(join(lodge.directory, "staging"))];

test("what needs room is refused as that, and leaves nothing", async () => {
  const before = everything();
  await ballast.fill(1);
  for (const words of [
    ["launch", "tiny", "x"],
    ["launch", "tiny", "x", "--vm"],
    ["fork", "c", "x"],
    ["copy", "d", "x"],
    ["snapshot", "create", "c", "t"],
    ["publish", "d/s", "--alias", "x"],
    ["template", "build", "tiny"],
    ["storage", "volume", "create", "default", "x"],
    ["export", "c", `${disk.directory}.tar`],
  ]) {
    const { status, stderr } = await lodge.run(...words);
    expect([status, stderr], words.join(" ")).toEqual([8, expect.stringMatching(/full|free/)]);
  }
  const { status, stderr } = await lodge.run("exec", "c", "--", "true");
  expect([status, stderr]).toEqual([125, expect.stringMatching(/file system is full/)]);
  expect(everything()).toEqual(before);
});

test("what is small is noted, and a daemon starts", async () => {
  await lodge.must("config", "set", "c", "user.noted=yes");
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    await lodge.restartDaemon(signal);
    await ballast.fill(1);
    expect(await lodge.must("config", "get", "c", "user.noted")).toBe("yes");
    expect((await lodge.client.instances.get("c")).status).toBe("Running");
  }
});

test("what makes room is done, and then all works again", async () => {
  await lodge.must("snapshot", "delete", "d", "s");
  await lodge.must("stop", "c", "--force");
  await lodge.must("delete", "d");
  expect((await lodge.client.instances.list()).map(({ name }) => name)).toEqual(["c"]);
  await ballast.remove();
  await lodge.must("start", "c");
  expect(await lodge.must("exec", "c", "--", "echo", "on")).toBe("on");
  await lodge.must("snapshot", "create", "c", "t");
});
