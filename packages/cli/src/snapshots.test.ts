import { FakeDaemon, fakeSnapshot } from "@lodge/sdk/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "./testing/run-cli.ts";

let daemon: FakeDaemon;
let socket: string;
const lodge = (...argv: string[]) => runCli(argv, { socket });
const snapshots = (name: string) => daemon.instances.get(name)?.snapshots.map((each) => each.name);

beforeEach(async () => {
  daemon = await FakeDaemon.start([{ name: "web" }, { name: "old", status: "Stopped" }]);
  daemon.instances.get("web")?.snapshots.push(fakeSnapshot("before"));
  socket = daemon.socket;
});
afterEach(() => daemon.stop());

describe("snapshot", () => {
  test("create says the name that the daemon chose", async () => {
    expect(await lodge("snapshot", "create", "web")).toMatchObject({ stdout: "Created snapshot snap1 of web\n" });
    expect(await lodge("-q", "snapshot", "create", "web", "other")).toMatchObject({ stdout: "other\n", stderr: "" });
    expect(snapshots("web")).toEqual(["before", "snap1", "other"]);
  });

  test("create sends when it expires, and refuses what is no time", async () => {
    await lodge("snapshot", "create", "old", "--expiry", "2099-05-06T07:08:09Z");
    expect(daemon.instances.get("old")?.snapshots).toMatchObject([{ expires_at: "2099-05-06T07:08:09.000Z" }]);
    const wrong = await lodge("snapshot", "create", "old", "--expiry", "soon");
    expect(wrong).toMatchObject({ status: 2 });
    expect(wrong.stderr).toContain("must be a span such as 1d");
  });

  test("create --reuse takes the place of one that is there", async () => {
    const before = daemon.instances.get("web")?.snapshots[0];
    expect(await lodge("snapshot", "create", "web", "before", "--reuse")).toMatchObject({
      stdout: "Created snapshot before of web\n",
    });
    expect(snapshots("web")).toEqual(["before"]);
    expect(daemon.instances.get("web")?.snapshots[0]).not.toBe(before);
    await lodge("snapshot", "create", "old", "new", "--reuse");
    expect(snapshots("old")).toEqual(["new"]);
  });

  test("list and show", async () => {
    const { stdout } = await lodge("snapshot", "list", "web");
    expect(stdout).toMatch(/^NAME +TAKEN +EXPIRES +STATEFUL +SIZE\nbefore +2026-01-02 \d\d:\d\d +no +3\.0 MiB\n$/);
    expect((await lodge("snapshot", "list", "old")).stderr).toContain("`lodge snapshot create old` makes one");
    expect((await lodge("snapshot", "show", "web", "before")).stdout).toMatch(/^name: before\n/);
    expect((await lodge("info", "web")).stdout).toMatch(/Snapshots: +before \(2026-01-02 \d\d:\d\d, 3\.0 MiB\)/);
  });

  test("rename, delete, and one that is not there", async () => {
    expect((await lodge("snapshot", "rename", "web", "before", "after")).stdout).toContain("to after");
    const result = await lodge("snapshot", "delete", "web", "gone", "after");
    expect(result).toMatchObject({ status: 3, stdout: "Deleted after\n" });
    expect(snapshots("web")).toEqual([]);
    await lodge("snapshot", "create", "web", "other");
    expect((await lodge("delete", "web/other")).stdout).toBe("Deleted web/other\n");
    expect(snapshots("web")).toEqual([]);
    expect(daemon.instances.has("web")).toBe(true);
  });

  test("restore, under both names", async () => {
    for (const words of [["snapshot", "restore"], ["restore"]]) {
      expect((await lodge(...words, "web", "before")).stdout).toBe("Restored web from before\n");
    }
    expect(daemon.instances.get("web")).toMatchObject({ restore: "before" });
  });

  test("restore takes up the memory that a snapshot has, unless told otherwise", async () => {
    daemon.instances.get("web")?.snapshots.push(fakeSnapshot("warm", { stateful: true }));
    const sent = async (...options: string[]) => {
      await lodge("restore", "web", "web/warm", ...options);
      return (daemon.instances.get("web") as { stateful?: boolean } | undefined)?.stateful;
    };
    expect(await sent()).toBe(true);
    expect(await sent("--stateful")).toBe(true);
  });

  test("names are completed", async () => {
    expect((await lodge("__complete", "--", "snapshot", "delete", "web", "")).stdout).toBe("before\n");
  });
});

describe("copy", () => {
  test("sends what is different, a device with what the source has of it", async () => {
    const args = ["-c", "limits.cpu=2", "-d", "root,size=20GiB", "-e", "--instance-only"];
    expect((await lodge("copy", "web", "web2", ...args)).stdout).toBe("Copied web to web2\n");
    expect(daemon.requests.at(-1)).toEqual({
      name: "web2",
      source: { type: "copy", source: "web", instance_only: true },
      config: { "limits.cpu": "2" },
      devices: { root: { type: "disk", path: "/", pool: "default", size: "20GiB" } },
      ephemeral: true,
    });
    await lodge("copy", "web/before", "web3", "-p", "default");
    expect(daemon.requests.at(-1)).toEqual({
      name: "web3",
      source: { type: "copy", source: "web/before" },
      profiles: ["default"],
    });
  });
});

describe("rebuild", () => {
  test("takes the instance and the image in either order, or no image", async () => {
    for (const words of [
      ["old", "debian/12"],
      ["debian/12", "old"],
    ]) {
      expect((await lodge("rebuild", ...words)).stdout).toBe("Rebuilt old\n");
      expect(daemon.instances.get("old")?.description).toContain('"alias":"debian/12"');
    }
    await lodge("rebuild", "old", "--empty");
    expect(daemon.instances.get("old")?.description).toContain('"type":"none"');
    for (const words of [["old"], ["old", "debian/12", "--empty"]])
      expect(await lodge("rebuild", ...words)).toMatchObject({ status: 2 });
  });

  test("ends one that runs only when forced, and starts it again", async () => {
    expect(await lodge("rebuild", "web", "debian/12")).toMatchObject({ status: 4 });
    expect((await lodge("rebuild", "web", "debian/12", "-f")).stdout).toBe("Rebuilt web\nStarted web\n");
    expect(daemon.instances.get("web")?.status).toBe("Running");
  });
});
