/** What a pool asks of a QEMU that runs, and what its guest notices. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { InstanceSpec, LiveDisk } from "@lodge/core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { grantAccess } from "../../../system/access-list.ts";
import { createBench } from "./testing/bench.ts";

const never = new AbortController().signal;
let bench: Awaited<ReturnType<typeof createBench>>;
let spec: InstanceSpec;
let layers = 0;

beforeAll(async () => {
  bench = await createBench();
  spec = bench.makeSpec();
  await bench.driver.start(spec, AbortSignal.timeout(60_000));
  await bench.untilReady(spec.id);
}, 300_000);
afterAll(async () => {
  await bench.driver.reconcile([]);
  await bench.driver[Symbol.asyncDispose]();
  await bench.cgroups.removeAll();
  rmSync(bench.root, { recursive: true, force: true });
});

const inGuest = (script: string) => bench.output(spec.id, script);
const live = () => bench.driver.liveRoot(spec.id);
const disk = (): LiveDisk => {
  const { disk: found } = live();
  if (!found) throw new Error("no disk");
  return found;
};
const chain = (path: string): string[] =>
  (
    JSON.parse(String(execFileSync("qemu-img", ["info", "-U", "--backing-chain", "--output=json", path]))) as {
      "full-backing-filename"?: string;
    }[]
  ).map((each) => each["full-backing-filename"] ?? "");

/** As the pool makes it: an empty file of QEMU's user over the present top. */
function overlayOn(path: string): string {
  const directory = join(bench.root, `layer${++layers}`);
  mkdirSync(directory, { mode: 0o711 });
  const overlay = join(directory, "disk.qcow2");
  const size = (
    JSON.parse(String(execFileSync("qemu-img", ["info", "-U", "--output=json", path]))) as {
      "virtual-size": number;
    }
  )["virtual-size"];
  execFileSync("qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", path, overlay, String(size)]);
  chownSync(overlay, spec.ids.base, spec.ids.base);
  return overlay;
}

async function snapshot(): Promise<{ readonly sealed: string; readonly top: string }> {
  const sealed = await disk().top();
  const top = overlayOn(sealed);
  await live().still(() => disk().switchTo(top, sealed));
  seal(sealed, "read");
  return { sealed, top };
}

/** As the pool does it: QEMU may read the file, or also write to it. */
function seal(path: string, access: "read" | "write"): void {
  chownSync(path, 0, 0);
  chmodSync(path, 0o400);
  grantAccess(path, spec.ids.base, access);
}

const bytes = (path: string) => statSync(path).blocks * 512;

test("the guest writes nothing while it is held still, and goes on afterwards", async () => {
  const write = { done: false };
  const during = await live().still(async () => {
    void inGuest("echo late > /root/late; sync; echo written").then(() => {
      write.done = true;
    });
    // Nothing tells that a write waits: a second is long for one that does not.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return write.done;
  });
  expect(during).toBe(false);
  await vi.waitFor(() => expect(write.done).toBe(true), { timeout: 20_000 });
  expect(await bench.driver.observe(spec.id)).toMatchObject({ status: "Running", ready: true });
});

test("a guest that is paused is not asked", async () => {
  await bench.driver.pause(spec.id);
  expect(await live().still(async () => "done")).toBe("done");
  await bench.driver.resume(spec.id);
});

test("its disk is switched, and what was written before is below", async () => {
  expect(await disk().top()).toBe(spec.root.path);
  await inGuest("head -c 3000000 /dev/urandom > /root/before; sync");
  const { sealed, top } = await snapshot();
  expect(sealed).toBe(spec.root.path);
  expect(await disk().top()).toBe(top);
  const before = bytes(sealed);
  await inGuest("head -c 3000000 /dev/urandom > /root/after; sync");
  expect(bytes(sealed)).toBe(before);
  expect(bytes(top)).toBeGreaterThan(3_000_000);
});

test("a switch that cannot be made changes nothing", async () => {
  const top = await disk().top();
  const overlay = overlayOn(top);
  await expect(disk().switchTo(overlay, "/elsewhere")).rejects.toMatchObject({ code: "instance_operation_failed" });
  rmSync(overlay);
  await expect(disk().switchTo(overlay, top)).rejects.toThrow(/No such file/);
  expect(await disk().top()).toBe(top);
});

test("layers are pulled into the top and into one in the middle, after the next daemon has come", async () => {
  const sums = await inGuest("cd /root; sha256sum before after");
  const second = await snapshot();
  await inGuest("echo third > /root/third; sync");
  const third = await snapshot();
  await bench.nextDriver();
  await bench.driver.reconcile([spec]);
  await vi.waitFor(() => expect(bench.readies.filter((id) => id === spec.id).length).toBeGreaterThan(1), {
    timeout: 60_000,
  });
  const seen: number[] = [];
  // second.sealed stands on the first root, which goes; then what is below the top goes.
  const base = bench.guest.path;
  seal(second.sealed, "write");
  await disk().pull({ into: second.sealed, base, backing: base }, (percent) => seen.push(percent), never);
  seal(second.sealed, "read");
  expect(chain(third.top)).toEqual([third.sealed, second.sealed, base, ""]);
  rmSync(spec.root.path);
  await disk().pull({ into: third.top, base: second.sealed, backing: second.sealed }, () => undefined, never);
  expect(chain(third.top)).toEqual([second.sealed, base, ""]);
  expect(openFiles((await bench.driver.observe(spec.id)).pid)).not.toContain(third.sealed);
  rmSync(third.sealed);
  expect(await inGuest("echo 3 > /proc/sys/vm/drop_caches; cd /root; sha256sum before after; cat third")).toBe(
    `${sums}third\n`,
  );
});

const openFiles = (pid: number): string => String(execFileSync("ls", ["-l", `/proc/${pid}/fd`]));

test("a pull that is cancelled leaves the chain as it was", async () => {
  const { top } = await snapshot();
  const before = chain(top);
  const end = new AbortController();
  end.abort();
  const pull = disk().pull(
    { into: top, base: bench.guest.path, backing: bench.guest.path },
    () => undefined,
    end.signal,
  );
  await expect(pull).rejects.toThrow();
  expect(chain(top)).toEqual(before);
  expect(await inGuest("cat /root/third")).toBe("third\n");
});

test("a guest that a dead daemon left frozen is thawed by the next", async () => {
  void live().still(() => new Promise(() => undefined));
  const stuck = () => bench.output(spec.id, "timeout 2 sh -c 'echo x > /root/stuck; sync'; echo $?");
  await vi.waitFor(async () => expect(statSync(join(bench.paths.run(spec.id), "still")).isFile()).toBe(true), {
    timeout: 30_000,
  });
  await bench.nextDriver();
  bench.readies.length = 0;
  await bench.driver.reconcile([spec]);
  await bench.untilReady(spec.id);
  await vi.waitFor(async () => expect(await stuck()).toBe("0\n"), { timeout: 60_000 });
});
