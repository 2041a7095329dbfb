import type { InstanceType } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import type { InstanceId } from "../instances/driver.ts";
import { silentLog } from "../log.ts";
import type { RunningOperation } from "../operations/operation.ts";
import { Operations } from "../operations/operations.ts";
import { FakePool } from "../storage/testing/fake-pool.ts";
import { instanceRecord } from "../store/describe-store.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { ImageStore } from "./image-store.ts";
import { ImageLibrary } from "./library.ts";
import type { StagedImage } from "./source.ts";

const staged = (type: InstanceType, digit: string): StagedImage => ({
  type,
  metadataFile: "/staging/metadata",
  rootfsFile: "/staging/rootfs",
  fingerprint: digit.repeat(64),
  size: 10,
  metadata: { architecture: "x86_64", creationDate: 1, properties: { os: "tiny", description: "Tiny" } },
});

function setUp() {
  const store = new MemoryStore();
  const now = () => new Date("2026-01-02T03:04:05Z");
  const events = new EventBus(now);
  let ids = 0;
  const operations = new Operations({ store, events, log: silentLog, now, newId: () => `${ids++}`, keep: 5000 });
  const kept = new Set<string>();
  const released: string[] = [];
  let open = 0;
  const files: ImageStore = {
    stage: async () => {
      open++;
      return { directory: "/staging", dispose: async () => void open-- };
    },
    keep: async ({ fingerprint }) => void kept.add(fingerprint),
    locate: (fingerprint) => ({ rootfs: `/images/${fingerprint}` }),
    remove: async (fingerprint) => void kept.delete(fingerprint),
    reconcile: async () => {},
  };
  const pool = new FakePool();
  /** What the next inspection finds. */
  const next = { image: staged("container", "a"), built: [staged("container", "c"), staged("virtual-machine", "d")] };
  const library = new ImageLibrary({
    store,
    operations,
    events,
    files,
    now,
    pools: new Map([["default", pool]]),
    builder: { definitions: async () => new Map([["tiny", "name: tiny"]]), build: async () => next.built },
    format: { accept: async () => next.image },
    release: async (fingerprint) => void released.push(fingerprint),
  });
  const images = library.ownedBy("default");
  const upload = async (aliases: readonly string[] = []) =>
    images.import({
      staging: await images.stage(),
      rootfs: "/staging/rootfs",
      format: "auto",
      filename: "f",
      public: false,
      properties: {},
      aliases: aliases.map((name) => ({ name, description: "" })),
    });
  return { images, library, released, store, kept, next, upload, stagings: () => open };
}

async function done(operation: Promise<RunningOperation>): Promise<RunningOperation> {
  const begun = await operation;
  await begun.done;
  if (begun.error) throw begun.error;
  return begun;
}

describe("importing", () => {
  it("keeps the image with its alias and tells the fingerprint", async () => {
    const { images, upload, stagings } = setUp();
    const operation = await done(upload(["tiny"]));
    expect(operation.render().metadata).toMatchObject({ fingerprint: "a".repeat(64), size: "10" });
    expect(await images.get("aaaaaa")).toMatchObject({ aliases: [{ name: "tiny" }], properties: { os: "tiny" } });
    expect(stagings()).toBe(0);
  });

  it("gives one alias to an image of each type, and no more", async () => {
    const { images, upload, next, kept } = setUp();
    await done(upload(["tiny"]));
    next.image = staged("virtual-machine", "b");
    await done(upload(["tiny"]));
    expect((await images.resolve({ alias: "tiny" }, "virtual-machine")).fingerprint).toBe("b".repeat(64));
    await expect(upload(["tiny"])).rejects.toMatchObject({ code: "alias_exists" });
    expect(kept.size).toBe(2);
  });

  it("finds the virtual machine's of two as NAME/vm, and takes one name away at a time", async () => {
    const { images, upload, next } = setUp();
    await done(upload(["tiny"]));
    next.image = staged("virtual-machine", "b");
    await done(upload(["tiny"]));
    expect(await images.alias("tiny")).toMatchObject({ type: "container" });
    expect(await images.alias("tiny/vm")).toMatchObject({ name: "tiny", type: "virtual-machine" });
    expect((await images.resolve({ alias: "tiny/vm" }, "virtual-machine")).fingerprint).toBe("b".repeat(64));
    await expect(images.resolve({ alias: "tiny/vm" }, "container")).rejects.toMatchObject({
      code: "image_type_mismatch",
    });
    await images.addAlias({ name: "tiny/vm", description: "", target: "a".repeat(64) });
    expect(await images.alias("tiny/vm")).toMatchObject({ name: "tiny/vm", type: "container" });
    await images.removeAlias("tiny");
    expect((await images.aliases()).map(({ name, type }) => [name, type])).toEqual([
      ["tiny", "virtual-machine"],
      ["tiny/vm", "container"],
    ]);
    await images.removeAlias("tiny");
    await expect(images.removeAlias("tiny")).rejects.toMatchObject({ code: "alias_not_found" });
  });

  it("gives an alias to another image of its type, and another name to it", async () => {
    const { images, upload, next } = setUp();
    await done(upload(["tiny"]));
    next.image = staged("virtual-machine", "b");
    await done(upload(["machine"]));
    next.image = staged("container", "c");
    await done(upload());
    const to = (target: string) => images.updateAlias("tiny", undefined, () => ({ target }));
    await to("cccc");
    expect(await images.alias("tiny")).toMatchObject({ target: "c".repeat(64), description: "" });
    await expect(to("bbbb")).rejects.toMatchObject({ code: "image_type_mismatch" });
    await images.renameAlias("tiny", undefined, "machine");
    expect((await images.aliases()).map(({ name, type }) => [name, type])).toEqual([
      ["machine", "container"],
      ["machine", "virtual-machine"],
    ]);
    await expect(images.renameAlias("machine", "virtual-machine", "vm")).resolves.toBeUndefined();
    expect(await images.alias("vm")).toMatchObject({ target: "b".repeat(64) });
  });

  it("keeps nothing when its alias is taken", async () => {
    const { upload, next, kept, stagings } = setUp();
    await done(upload(["tiny"]));
    next.image = staged("container", "b");
    await expect(done(upload(["tiny"]))).rejects.toMatchObject({ code: "alias_exists" });
    expect([...kept]).toEqual(["a".repeat(64)]);
    expect(stagings()).toBe(0);
  });

  it("refuses an image that is there already and keeps that one", async () => {
    const { upload, kept } = setUp();
    await done(upload());
    await expect(done(upload())).rejects.toMatchObject({ code: "image_exists" });
    expect(kept.size).toBe(1);
  });
});

describe("building", () => {
  it("keeps both artefacts under the definition's name", async () => {
    const { images } = setUp();
    await done(images.build({ definition: "tiny" }));
    expect((await images.aliases()).map(({ name, type }) => `${name} ${type}`)).toEqual([
      "tiny container",
      "tiny virtual-machine",
    ]);
  });

  it("moves the alias when it is built again", async () => {
    const { images, next } = setUp();
    await done(images.build({ definition: "tiny" }));
    next.built = [staged("container", "e")];
    await done(images.build({ definition: "tiny", types: ["container"] }));
    expect((await images.alias("tiny", "container")).target).toBe("e".repeat(64));
  });

  it("refuses a definition that does not exist", async () => {
    await expect(setUp().images.build({ definition: "none" })).rejects.toMatchObject({ code: "image_not_found" });
  });
});

describe("deleting", () => {
  it("takes files, record and aliases away", async () => {
    const { images, upload, kept } = setUp();
    await done(upload(["tiny"]));
    await done(images.delete("aaaaaa"));
    expect(kept.size).toBe(0);
    expect(await images.list()).toEqual([]);
    expect(await images.aliases()).toEqual([]);
  });

  it("refuses while an instance was made of the image, or something uses it", async () => {
    const { library, images, upload, store } = setUp();
    await done(upload());
    const fingerprint = "a".repeat(64);
    await library.use(fingerprint, async () => {
      await expect(images.delete(fingerprint)).rejects.toMatchObject({ code: "image_in_use" });
    });
    await store.instances.put({ ...instanceRecord("12345678" as InstanceId, "web", 0), fingerprint });
    await expect(images.delete(fingerprint)).rejects.toMatchObject({ code: "image_in_use" });
  });
});

describe("several projects", () => {
  const fingerprint = "a".repeat(64);

  async function withBlue() {
    const world = setUp();
    await world.store.projects.put({ name: "blue", description: "", config: {} });
    await world.store.projects.put({ name: "lab", description: "", config: { "features.images": "false" } });
    await done(world.upload(["tiny"]));
    return { ...world, blue: await world.library.of("blue"), lab: await world.library.of("lab") };
  }

  it("have images of their own, or the default one's", async () => {
    const { blue, lab } = await withBlue();
    expect(await blue.list()).toEqual([]);
    await expect(blue.resolve({ alias: "tiny" }, undefined)).rejects.toMatchObject({ code: "image_not_found" });
    expect((await lab.resolve({ alias: "tiny" }, undefined)).fingerprint).toBe(fingerprint);
  });

  it("keep one image once, each with its own properties, until the last one deletes it", async () => {
    const { images, blue, kept, released } = await withBlue();
    const origin = { filename: "f", public: false, properties: { side: "blue" } };
    await blue.adopt(fingerprint, origin);
    expect((await blue.get(fingerprint)).properties).toEqual({ side: "blue" });
    expect((await images.get(fingerprint)).properties).not.toHaveProperty("side");
    await done(images.delete(fingerprint));
    expect([kept.has(fingerprint), released]).toEqual([true, []]);
    await done(blue.delete(fingerprint));
    expect([kept.has(fingerprint), released]).toEqual([false, [fingerprint]]);
    expect(await blue.adopt(fingerprint, origin)).toBeUndefined();
  });

  it("do not take the files from under another's instances", async () => {
    const { images, blue, store } = await withBlue();
    await blue.adopt(fingerprint, { filename: "f", public: false, properties: {} });
    const instance = instanceRecord("12345678" as InstanceId, "web", 0);
    await store.instances.put({ ...instance, project: "blue", fingerprint });
    await expect(blue.delete(fingerprint)).rejects.toMatchObject({ message: expect.stringContaining("web") });
    await done(images.delete(fingerprint));
    await store.instances.put({ ...instance, project: "default", fingerprint });
    await expect(blue.delete(fingerprint)).rejects.toMatchObject({
      message: expect.stringContaining("an instance of another project"),
    });
  });
});

it("takes the other image of an alias for a client that made a fingerprint of it and asks for the other type", async () => {
  const { images, upload, next } = setUp();
  const launch = (digit: string) => images.resolve({ fingerprint: digit.repeat(64) }, "virtual-machine");
  await done(upload(["tiny", "small"]));
  await expect(launch("a")).rejects.toMatchObject({ code: "image_type_mismatch" });
  next.image = staged("virtual-machine", "b");
  await done(upload(["tiny"]));
  expect((await launch("a")).fingerprint).toBe("b".repeat(64));
  expect((await images.resolve({ fingerprint: "bbbb" }, "container")).fingerprint).toBe("a".repeat(64));
  next.image = staged("virtual-machine", "e");
  await done(upload(["small"]));
  await expect(launch("a")).rejects.toMatchObject({ message: expect.stringMatching(/several .*\(small, tiny\)/) });
});

it.each([
  [{ alias: "nothing" }, undefined, "image_not_found"],
  [{ fingerprint: "ffff" }, undefined, "image_not_found"],
  [{ alias: "tiny" }, "virtual-machine" as const, "image_type_mismatch"],
  [{ fingerprint: "aaaa" }, "virtual-machine" as const, "image_type_mismatch"],
])("does not resolve %j as %s: %s", async (source, type, code) => {
  const { images, upload } = setUp();
  await done(upload(["tiny"]));
  await expect(images.resolve(source, type)).rejects.toMatchObject({ code });
});
