import { type ImagePull, LodgeError } from "@lodge/api";
import { beforeEach, describe, expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { silentLog } from "../log.ts";
import type { RunningOperation } from "../operations/operation.ts";
import { Operations } from "../operations/operations.ts";
import { instanceRecord } from "../store/describe-store.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { progressText } from "./downloads.ts";
import { ImageLibrary, RemoteImageLibrary } from "./library.ts";
import { chooseOffered } from "./offered.ts";
import { expiredImages } from "./renewal.ts";
import type { ImageServer, OfferedImage } from "./server.ts";

const offered = (digit: string, aliases: string[] = ["debian/12"]): OfferedImage => ({
  ...{ fingerprint: digit.repeat(64), type: "container", architecture: "x86_64", aliases, filename: "x", size: 10 },
  ...{ properties: { os: "Debian" }, createdAt: new Date("2026-01-02T00:00:00Z") },
});

async function setUp() {
  const store = new MemoryStore();
  const now = () => new Date("2026-01-02T03:04:05Z");
  const events = new EventBus(now);
  let ids = 0;
  const operations = new Operations({ store, events, log: silentLog, now, newId: () => `${ids++}`, keep: 5000 });
  /** What the server has, how it fails, and what it was asked for. */
  const host = {
    offers: [offered("a")],
    down: false,
    fetches: 0,
    staged: 0,
    /** Resolves when the download may end. */
    gate: Promise.resolve() as Promise<void>,
    /** What the files turn out to be; missing: what was offered. */
    found: undefined as string | undefined,
    config: {} as Record<string, string>,
  };
  let fetching = "";
  const server: ImageServer = {
    list: async () => host.offers,
    find: async (at, wanted) => {
      if (host.down) throw new LodgeError({ code: "image_server_unreachable", message: "down" });
      return chooseOffered(at.server, host.offers, wanted);
    },
    fetch: async (_at, image, _directory, received, signal) => {
      host.fetches++;
      fetching = image.fingerprint;
      received("rootfs", 5, 10);
      const aborted = new Promise<never>((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason)),
      );
      await Promise.race([host.gate, aborted]);
      return { metadata: "/staging/metadata", rootfs: "/staging/rootfs" };
    },
  };
  const format = {
    accept: async () => ({
      ...{ type: "container" as const, metadataFile: "/m", rootfsFile: "/r", size: 10 },
      fingerprint: host.found ?? fetching,
      metadata: { architecture: "x86_64", creationDate: 1, properties: { os: "Debian" } },
    }),
  };
  const library = new ImageLibrary({
    ...{ store, operations, events, now, format, pools: new Map() },
    files: {
      stage: async () => {
        host.staged++;
        return { directory: "/staging", dispose: async () => void host.staged-- };
      },
      keep: async () => {},
      locate: (fingerprint) => ({ rootfs: `/images/${fingerprint}` }),
      remove: async () => {},
      reconcile: async () => {},
    },
    builder: { definitions: async () => new Map(), build: async () => [] },
  });
  const images = library.ownedBy("default");
  const byProject = new RemoteImageLibrary({
    ...{ store, operations, events, library, format, architecture: "x86_64" },
    servers: { simplestreams: server, lxd: server },
    urls: {
      find: async () => {
        const { type: _unknown, ...unseen } = host.offers[0] ?? offered("f");
        return unseen;
      },
      fetch: (at, image, ...more) => server.fetch(at, { ...image, type: "container" }, ...more),
    },
    config: { get: async () => host.config },
    clock: () => 0,
    now: () => new Date("2030-01-01"),
  });
  const remote = await byProject.of("default");
  return { store, operations, images, remote, host };
}

const source = { server: "https://images.example.com", protocol: "simplestreams", alias: "debian/12" };
const pull = (more: Partial<ImagePull> = {}): ImagePull => ({ source: { type: "image", ...source }, ...more });

let world: Awaited<ReturnType<typeof setUp>>;
beforeEach(async () => {
  world = await setUp();
});

async function ended(operation: RunningOperation) {
  await operation.done;
  return operation.error?.code ?? operation.render().status;
}
const context = () => ({ report: () => {}, signal: new AbortController().signal });

describe("an image for an instance", () => {
  it("is fetched once however many ask", async () => {
    const { remote, host, store } = world;
    const asked = [1, 2, 3].map(() => remote.obtain(source, undefined, context()));
    expect((await Promise.all(asked)).map(({ fingerprint }) => fingerprint[0])).toEqual(["a", "a", "a"]);
    expect(host).toMatchObject({ fetches: 1, staged: 0 });
    expect(await store.images.get({ project: "default", fingerprint: "a".repeat(64) })).toMatchObject({
      cached: true,
      autoUpdate: true,
      source: { alias: "debian/12" },
    });
    await remote.obtain(source, undefined, context());
    expect(host.fetches).toBe(1);
  });

  it("goes on for the others when one gives up, and ends with the last", async () => {
    const { remote, host, operations, store } = world;
    const gate = Promise.withResolvers<void>();
    host.gate = gate.promise;
    const [one, two] = [new AbortController(), new AbortController()];
    const first = remote.obtain(source, undefined, { report: () => {}, signal: one.signal });
    const second = remote.obtain(source, undefined, { report: () => {}, signal: two.signal });
    await new Promise(setImmediate);
    one.abort();
    await expect(first).rejects.toThrow();
    gate.resolve();
    expect((await second).fingerprint[0]).toBe("a");

    host.offers = [offered("b")];
    host.gate = new Promise(() => {});
    const third = remote.obtain(source, undefined, { report: () => {}, signal: two.signal });
    await new Promise(setImmediate);
    two.abort();
    await expect(third).rejects.toThrow();
    await Promise.all(operations.list().map(({ id }) => operations.get(id).done));
    expect(host.staged).toBe(0);
    expect(await store.images.list()).toHaveLength(1);
  });

  it("is the one from before where the server does not answer", async () => {
    const { remote, host } = world;
    await remote.obtain(source, undefined, context());
    host.down = true;
    expect((await remote.obtain(source, "container", context())).fingerprint[0]).toBe("a");
    await expect(remote.obtain({ ...source, alias: "other" }, undefined, context())).rejects.toMatchObject({
      code: "image_server_unreachable",
    });
  });

  it("is refused when it is another one, and leaves nothing", async () => {
    const { remote, host, store } = world;
    host.found = "f".repeat(64);
    await expect(remote.obtain(source, undefined, context())).rejects.toMatchObject({ code: "image_server_invalid" });
    expect(await store.images.list()).toEqual([]);
    expect(host.staged).toBe(0);
  });

  it("comes by no other protocol", async () => {
    for (const protocol of ["ftp", "toString"])
      await expect(world.remote.obtain({ ...source, protocol }, undefined, context())).rejects.toMatchObject({
        code: "request_invalid",
      });
  });
});

describe("an image that is copied", () => {
  it("is the user's own, under the names that it shall have", async () => {
    const { remote, store, images } = world;
    await remote.obtain(source, undefined, context());
    const request = pull({
      aliases: [{ name: "mine", description: "" }],
      copy_aliases: true,
      auto_update: true,
      public: true,
    });
    expect(await ended(await remote.pull(request))).toBe("Success");
    expect(await store.images.get({ project: "default", fingerprint: "a".repeat(64) })).toMatchObject({
      cached: false,
      autoUpdate: true,
      public: true,
    });
    expect((await images.aliases()).map(({ name }) => name)).toEqual(["debian/12", "mine"]);
    expect(await ended(await remote.pull(request))).toBe("Success");
  });

  it("may be named by an alias that is called a fingerprint", async () => {
    const { remote, store } = world;
    const { alias: fingerprint, ...server } = source;
    expect(await ended(await remote.pull({ source: { type: "image", ...server, fingerprint } }))).toBe("Success");
    expect(await store.images.list()).toMatchObject([{ source: { alias: "debian/12" } }]);
  });

  it("is not fetched under a name that is taken", async () => {
    const { remote, host } = world;
    expect(await ended(await remote.pull(pull({ copy_aliases: true })))).toBe("Success");
    host.offers = [offered("b")];
    expect(await ended(await remote.pull(pull({ copy_aliases: true })))).toBe("alias_exists");
    expect(host.fetches).toBe(1);
  });
});

describe("a newer image", () => {
  it("takes the place of the older", async () => {
    const { remote, host, store, images } = world;
    await (await remote.pull(pull({ auto_update: true, aliases: [{ name: "mine", description: "" }] }))).done;
    const again = await remote.refresh("a".repeat(64));
    await again.done;
    expect(again.render().metadata).toMatchObject({ refreshed: false });
    host.offers = [offered("b")];
    expect(await ended(await remote.refresh("aaaaaaaa"))).toBe("Success");
    expect(await store.images.list()).toMatchObject([{ fingerprint: "b".repeat(64), autoUpdate: true, cached: false }]);
    expect(await images.alias("mine")).toMatchObject({ target: "b".repeat(64) });
  });

  it("leaves the older to what stands on it, until that is gone", async () => {
    const { remote, host, store } = world;
    await (await remote.pull(pull({ auto_update: true }))).done;
    await store.instances.put(instanceRecord("00000001", "one", 1));
    host.offers = [offered("b")];
    expect(await ended(await remote.refresh("a".repeat(64)))).toBe("Success");
    expect((await store.images.list()).map(({ cached }) => cached)).toEqual([true, false]);
  });

  it("is not looked for where there is no source", async () => {
    const { remote, store } = world;
    await remote.obtain(source, undefined, context());
    const { source: _source, ...record } = (await store.images.list())[0] ?? ({} as never);
    await store.images.put(record);
    await expect(remote.refresh("a".repeat(64))).rejects.toMatchObject({ code: "not_supported" });
  });
});

it("is brought by its URL, whatever type it turns out to be of", async () => {
  const { remote, images } = world;
  const url = "https://example.com/mine";
  const aliases = [{ name: "mine", description: "" }];
  expect(await ended(await remote.pullByUrl({ source: { type: "url", url }, aliases, public: true }))).toBe("Success");
  const image = await images.get("a".repeat(64));
  expect(image).toMatchObject({ cached: false, public: true, type: "container", aliases: [{ name: "mine" }] });
  expect(image.update_source).toMatchObject({ server: url, protocol: "direct", alias: "" });
  await expect(remote.refresh(image.fingerprint)).rejects.toMatchObject({ code: "not_supported" });
});

it("goes when nobody has used it for long", async () => {
  const { remote, store, host, images } = world;
  await remote.obtain(source, undefined, context());
  const due = expiredImages(
    store,
    async () => host.config,
    (fingerprint) => images.delete(fingerprint),
  );
  const at = async (day: string) => (await due(new Date(`2026-01-${day}T03:04:05Z`))).length;
  expect([await at("11"), await at("12")]).toEqual([0, 1]);
  host.config = { "images.remote_cache_expiry": "0" };
  expect(await at("30")).toBe(0);
  host.config = { "images.remote_cache_expiry": "1" };
  await store.instances.put(instanceRecord("00000001", "one", 1));
  expect(await at("30")).toBe(0);
});

it.each([
  ["rootfs", 5, 10, 1, "rootfs: 50% (0.01MB/s)"],
  ["metadata", 10_000_000, 10_000_000, 2000, "metadata: 100% (5.00MB/s)"],
  ["rootfs", 0, 0, 0, "rootfs: 0% (0.00MB/s)"],
])("progress of %s is %s", (file, bytes, size, time, text) => expect(progressText(file, bytes, size, time)).toBe(text));
