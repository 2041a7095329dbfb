/** Kept states of a real QEMU: the guest that comes back is the one that was left, and what is damaged is told. */
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceSpec, KeptState, Resumption, StateRequest } from "@lodge/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { grantAccess } from "../../../../system/access-list.ts";
import { type Bench, createBench } from "../testing/bench.ts";

const never = new AbortController().signal;
let bench: Bench;
let spec: InstanceSpec;
let states = 0;

beforeAll(async () => {
  bench = await createBench();
  spec = bench.makeSpec({ config: { "limits.memory": "128MiB" } });
  await bench.driver.start(spec, AbortSignal.timeout(60_000));
  await bench.untilReady(spec.id);
  await inGuest("echo before > /run/in-memory; (while :; do sleep 1; done) & echo $! > /run/pid");
}, 300_000);
afterAll(() => bench.close());

const inGuest = (script: string) => bench.output(spec.id, script);
const directory = (): string => {
  const path = join(bench.root, `state${++states}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
};
const save = (more: Partial<StateRequest> & Pick<StateRequest, "directory">): Promise<KeptState> =>
  bench.driver.saveState(
    spec.id,
    { form: "copy", still: async () => undefined, afterwards: "end", ...more },
    () => undefined,
    never,
  );
const resume = async (path: string, more: Partial<InstanceSpec & Resumption> = {}) => {
  const { loaded, ...changed } = more;
  bench.readies.length = 0;
  const resumption: Resumption = { directory: path, as: "same", ...(loaded && { loaded }) };
  await bench.driver.start({ ...spec, ...changed, resume: resumption }, AbortSignal.timeout(60_000));
};

describe("a copy", () => {
  test("is kept while the guest runs on, which stands still for a moment", async () => {
    await inGuest("echo 3 > /proc/sys/vm/drop_caches; dd if=/dev/urandom of=/run/random bs=1M count=20 2>/dev/null");
    const path = directory();
    let stood = "";
    const begun = performance.now();
    const kept = await save({
      directory: path,
      afterwards: "run",
      still: async () => {
        stood = (await bench.driver.observe(spec.id)).status;
      },
    });
    expect(stood).toBe("Frozen");
    expect(kept.size).toBe(statSync(join(path, "stream")).blocks * 512);
    expect(kept.stoodStill).toBeGreaterThan(0);
    expect(kept.stoodStill).toBeLessThan(performance.now() - begun);
    expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "Running", ready: true });
    expect(await inGuest("cat /run/in-memory")).toBe("before\n");
  });

  test("is not kept when the disks cannot be, and the guest goes on", async () => {
    const failing = save({
      directory: directory(),
      still: async () => {
        throw new Error("no disks today");
      },
    });
    await expect(failing).rejects.toThrow(/no disks today/);
    await vi.waitFor(async () => expect(await inGuest("cat /run/in-memory")).toBe("before\n"), { timeout: 20_000 });
  });

  test("is given up when that is asked for, and the guest goes on", async () => {
    const end = new AbortController();
    const given = bench.driver.saveState(
      spec.id,
      { directory: directory(), form: "copy", afterwards: "end", still: async () => end.abort() },
      () => undefined,
      end.signal,
    );
    await expect(given).rejects.toThrow(/abort/i);
    await vi.waitFor(async () => expect(await inGuest("cat /run/in-memory")).toBe("before\n"), { timeout: 20_000 });
  });

  test("is not kept when it cannot be noted, and the guest goes on", async () => {
    const whole = async () => {
      throw new Error("no notes today");
    };
    await expect(save({ directory: directory(), whole })).rejects.toThrow(/no notes today/);
    expect(await inGuest("cat /run/in-memory")).toBe("before\n");
  });

  test("that a daemon died over leaves a guest that goes on with the next", async () => {
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const still = () => {
      resolve();
      return new Promise<never>(() => undefined);
    };
    save({ directory: directory(), still }).catch(() => undefined);
    await reached;
    await bench.nextDriver();
    bench.readies.length = 0;
    await bench.driver.reconcile([spec]);
    expect((await bench.driver.observe(spec.id)).status).toBe("Running");
    await bench.untilReady(spec.id);
    expect(await inGuest("cat /run/in-memory")).toBe("before\n");
  });

  test("of a paused guest leaves it paused, and comes back paused", async () => {
    await bench.driver.pause(spec.id);
    await save({ directory: directory(), afterwards: "run" });
    expect((await bench.driver.observe(spec.id)).status).toBe("Frozen");
    await bench.driver.resume(spec.id);
    expect(await inGuest("cat /run/in-memory")).toBe("before\n");
  });

  test("brings the same processes back, with the disk switched in between", async () => {
    const path = directory();
    const overlay = join(bench.root, "overlay.qcow2");
    const { disk } = bench.driver.liveRoot(spec.id);
    const sealed = spec.root.path;
    execFileSync("qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", sealed, overlay, "1G"]);
    chownSync(overlay, spec.ids.base, spec.ids.base);
    await inGuest("echo cached > /root/cached; echo synced > /root/synced; sync /root/synced; date -s @86400");
    await save({ directory: path, still: async () => disk?.switchTo(overlay, sealed) });
    expect((await bench.driver.observe(spec.id)).status).toBe("Stopped");
    await bench.untilExited(spec.id);
    await bench.driver.release(spec.id);
    chownSync(sealed, 0, 0);
    grantAccess(sealed, spec.ids.base, "read");
    if (spec.root.kind === "disk") spec = { ...spec, root: { ...spec.root, path: overlay, overlays: 2 } };
    await expect(
      resume(path, {
        loaded: async () => {
          throw new Error("not now");
        },
      }),
    ).rejects.toThrow(/not now/);
    await bench.driver.release(spec.id);
    await resume(path, { loaded: async () => undefined });
    await bench.untilReady(spec.id);
    expect(await inGuest("cat /run/in-memory /root/cached /root/synced; kill -0 $(cat /run/pid) && echo alive")).toBe(
      "before\ncached\nsynced\nalive\n",
    );
    // How long it takes to ask is not counted.
    const late = async () => {
      const before = Date.now() / 1000;
      const said = Number(await inGuest("date +%s"));
      return Math.max(before - said, said - Date.now() / 1000);
    };
    await vi.waitFor(async () => expect(await late()).toBeLessThan(2), { timeout: 20_000 });
  });
});

describe("what cannot be used is told, and nothing runs", () => {
  let path: string;
  beforeAll(async () => {
    path = directory();
    await save({ directory: path });
    await bench.untilExited(spec.id);
    await bench.driver.release(spec.id);
  });
  const refused = async (message: RegExp, more: Partial<InstanceSpec> = {}) => {
    await expect(resume(path, more)).rejects.toMatchObject({
      code: "state_unusable",
      message: expect.stringMatching(message),
    });
    await bench.driver.release(spec.id);
    expect((await bench.driver.observe(spec.id)).status).toBe("Stopped");
  };

  test("a machine with other memory", () =>
    refused(/limits.memory/, { config: { ...spec.config, "limits.memory": "192MiB" } }));

  test("a changed byte", async () => {
    const { size } = statSync(join(path, "stream"));
    await using file = await open(join(path, "stream"), "r+");
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.floor(size / 2));
    const [byte = 0] = buffer;
    await file.write(Buffer.from([byte ^ 1]), 0, 1, Math.floor(size / 2));
    await refused(/./);
    await file.write(Buffer.from([byte]), 0, 1, Math.floor(size / 2));
  });

  test("what is no state at all", async () => {
    const { size } = statSync(join(path, "stream"));
    truncateSync(join(path, "stream"), size - 1);
    await refused(/bytes in place of/);
    writeFileSync(join(path, "stream"), Buffer.alloc(size, 7));
    await refused(/./);
    rmSync(join(path, "stream"));
    await refused(/gone/);
    writeFileSync(join(path, "state.json"), "{");
    await refused(/damaged/);
  });
});
