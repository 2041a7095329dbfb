import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@lodge/core";
import { describeStore, instanceRecord, snapshotRecord } from "@lodge/core/testing";
import BetterSqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrations } from "./schema.ts";
import { openStore } from "./store.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-store-"));
  path = join(directory, "lodge.db");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describeStore("in SQLite", () => openStore(path, silentLog));

describe("the database file", () => {
  const web = instanceRecord("00000001", "web", 1);

  async function withWeb(): Promise<void> {
    const store = await openStore(path, silentLog);
    await store.instances.put(web);
    await store.close();
  }

  it("keeps its rows over a restart", async () => {
    await withWeb();
    const store = await openStore(path, silentLog);
    expect(await store.instances.list()).toEqual([web]);
    await store.close();
  });

  it("has room of its own, at each start", async () => {
    await withWeb();
    const used = new BetterSqlite(path);
    used.exec("create table filler (room); insert into filler values (zeroblob(1000000))");
    used.close();
    const store = await openStore(path, silentLog);
    const file = new BetterSqlite(path, { readonly: true });
    expect(file.pragma("freelist_count", { simple: true })).toBeGreaterThan(200);
    expect((await stat(path)).size).toBeGreaterThan(1_000_000 + 200 * 4096);
    expect((await stat(`${path}-wal`)).blocks * 512).toBeGreaterThan(4 * 2 ** 20);
    file.close();
    await store.close();
  });

  it("is copied at each start, and the copy restores it", async () => {
    await withWeb();
    await (await openStore(path, silentLog)).close();
    await writeFile(path, "scribbled over ".repeat(1000));
    await expect(openStore(path, silentLog)).rejects.toMatchObject({
      code: "database_corrupt",
      message: expect.stringContaining(`cp ${path}.bak ${path}`),
    });
    await writeFile(path, await readFile(`${path}.bak`));
    const store = await openStore(path, silentLog);
    expect(await store.instances.list()).toEqual([web]);
    await store.close();
  });

  it("is refused when pages in its middle are damaged, and the good copy stays", async () => {
    await withWeb();
    await (await openStore(path, silentLog)).close();
    const copy = await readFile(`${path}.bak`);
    const bytes = await readFile(path);
    bytes.fill(0xff, 4096, bytes.length);
    await writeFile(path, bytes);
    await expect(openStore(path, silentLog)).rejects.toMatchObject({ code: "database_corrupt" });
    expect(await readFile(`${path}.bak`)).toEqual(copy);
  });

  it("is refused when it was emptied or lost while a copy exists", async () => {
    await withWeb();
    await (await openStore(path, silentLog)).close();
    await truncate(path, 0);
    await expect(openStore(path, silentLog)).rejects.toMatchObject({ code: "database_corrupt" });
    await rm(path);
    await expect(openStore(path, silentLog)).rejects.toMatchObject({ code: "database_corrupt" });
  });

  it("of the first version is brought up to date with what is in it", async () => {
    const first = { "0001-first": migrations["0001-first"] as Migration };
    const file = new BetterSqlite(path);
    const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: file }) });
    await new Migrator({ db, provider: { getMigrations: async () => first } }).migrateToLatest();
    file.exec(`insert into instances values ('${web.id}', 'u', 'web', 'default', 'container', '', 'x86_64',
      '${web.fingerprint}', 'default', '{}', '{}', '[]', 0, 'present', 7, 1, '2024-05-06T07:08:09.123Z', null);
      insert into images values ('${web.fingerprint}', 'container', 'x86_64', 'f', 1, 0, '{}', 1, '2024-05-06T07:08:09.123Z',
      '2024-05-06T07:08:09.123Z', null);
      insert into aliases values ('tiny', 'container', '${web.fingerprint}', 'small');
      insert into settings values ('project.default', '{"templates.enabled":"false"}')`);
    await db.destroy();
    const store = await openStore(path, silentLog);
    const { fingerprint, ...row } = (await store.instances.get(web.id)) ?? web;
    expect({ fingerprint, ...row }).toMatchObject({
      name: "web",
      fingerprint: web.fingerprint,
      idBlock: 7,
      wanted: true,
    });
    await store.instances.put(row);
    expect(await store.instances.list()).toEqual([row]);
    expect(await store.images.list()).toMatchObject([{ project: "default", fingerprint: web.fingerprint }]);
    expect(await store.aliases.list()).toMatchObject([{ project: "default", name: "tiny", description: "small" }]);
    expect(await store.projects.list()).toMatchObject([{ name: "default", config: { "templates.enabled": "false" } }]);
    await store.images.remove({ project: "default", fingerprint: web.fingerprint ?? "" });
    expect(await store.aliases.list()).toEqual([]);
    await store.close();
  });

  it("is refused untouched when a newer Lodge wrote it", async () => {
    await withWeb();
    const file = new BetterSqlite(path);
    file.prepare("insert into kysely_migration values ('9999-later', '2030-01-01')").run();
    file.close();
    await expect(openStore(path, silentLog)).rejects.toMatchObject({
      code: "database_newer",
      message: expect.stringContaining("9999-later"),
    });
  });

  it("says which row cannot be read", async () => {
    await withWeb();
    const file = new BetterSqlite(path);
    file.prepare("update instances set config = '{broken'").run();
    file.close();
    const store = await openStore(path, silentLog);
    await expect(store.instances.list()).rejects.toMatchObject({
      code: "database_corrupt",
      message: expect.stringContaining("00000001"),
    });
    await store.close();
  });
});

describe("a list", () => {
  const web = instanceRecord("00000001", "web", 1);
  const snapshot = snapshotRecord("0000000a", "00000001", "before");

  async function withSnapshot() {
    const store = await openStore(path, silentLog);
    await store.instances.put(web);
    await store.snapshots.put(snapshot);
    const lists = () => Promise.all([store.instances.list(), store.snapshots.list()]);
    return { store, lists };
  }

  it("is the caller's own, of rows that are read once", async () => {
    const { store, lists } = await withSnapshot();
    const [instances] = await lists();
    instances.pop();
    const [again] = await lists();
    expect(again).toEqual([web]);
    expect((await store.instances.list())[0]).toBe(again[0]);
    await store.close();
  });

  it("has what was written last, and what went with it", async () => {
    const { store, lists } = await withSnapshot();
    expect(await lists()).toEqual([[web], [snapshot]]);
    await store.instances.put({ ...web, description: "changed" });
    expect(await store.instances.list()).toEqual([{ ...web, description: "changed" }]);
    await store.instances.remove(web.id);
    expect(await lists()).toEqual([[], []]);
    await store.close();
  });

  it("has nothing of a transaction that is under way, or was taken back", async () => {
    const { store, lists } = await withSnapshot();
    await lists();
    let during: Promise<unknown> | undefined;
    const work = store.atomically(async (tables) => {
      await tables.instances.put({ ...web, description: "changed" });
      expect(await tables.instances.list()).toEqual([{ ...web, description: "changed" }]);
      during = lists();
      await tables.snapshots.remove(snapshot.id);
      throw new Error("taken back");
    });
    await expect(work).rejects.toThrow("taken back");
    expect(await during).toEqual([[web], [snapshot]]);
    expect(await lists()).toEqual([[web], [snapshot]]);
    await store.atomically(async ({ snapshots }) => snapshots.remove(snapshot.id));
    expect(await lists()).toEqual([[web], []]);
    await store.close();
  });
});
