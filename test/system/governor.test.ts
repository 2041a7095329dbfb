/** Memory moves between containers that run, as `lodge governor` tells. */
import type { Governor, GovernorLine } from "@lodge/api";
import { exitStatus } from "@lodge/api/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

const mebibyte = 2 ** 20;

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("config", "set", "governor.mode", "off");
  await lodge.must("config", "set", "governor.memory.budget", "400MiB");
});
afterAll(() => lodge.stop());

/** What an instance may have, in MiB. */
async function may(name: string): Promise<number> {
  const { instances } = JSON.parse(await lodge.must("governor", "show", "-f", "json")) as Governor;
  return Math.round((instances.find((each) => each.name === name)?.target ?? Number.NaN) / mebibyte);
}

const lines = async (...words: string[]) =>
  JSON.parse(await lodge.must("governor", "log", ...words, "-f", "json")) as GovernorLine[];

test("memory moves from an instance where it lies idle to one that needs it, and the log says why", async () => {
  await lodge.must("launch", "tiny", "idle", "-c", "limits.memory=300MiB", "-c", "limits.memory.min=150MiB");
  await lodge.must("launch", "tiny", "needy", "-c", "limits.memory=300MiB");
  await lodge.must("exec", "idle", "--", "dd", "if=/dev/zero", "of=/var/file", "bs=1M", "count=250");
  // Only now: on cgroup v1 a host that is full of caches takes the file's away itself, down to what the instance may have.
  await lodge.must("config", "set", "governor.mode", "on");
  await until("room for the file's cache", 20_000, async () => (await may("idle")) > 240 && (await may("needy")) < 100);
  // More than is left beside it, and nothing of this can be taken.
  await lodge.must("exec", "needy", "--", "dd", "if=/dev/zero", "of=/dev/shm/held", "bs=1M", "count=230");
  await until("memory for who needs it", 20_000, async () => (await may("needy")) > 230 && (await may("idle")) < 170);
  const taken = (await lines("idle")).filter(({ action }) => action === "take");
  expect(taken.length, JSON.stringify(await lines())).toBeGreaterThan(0);
  expect(taken[0]).toMatchObject({ instance: "idle", resource: "memory", observed: false });
  expect(taken[0]?.reason).toMatch(/needy waits for memory|of the budget of 400MiB is free/);
  expect(await lines("needy")).toContainEqual(expect.objectContaining({ action: "grow" }));
}, 60_000);

test("a guarantee holds, and what it leaves no room for does not start", async () => {
  for (const { to } of await lines("idle")) expect(to).toBeGreaterThanOrEqual(150 * mebibyte);
  await lodge.must("init", "tiny", "third", "-c", "limits.memory.min=300MiB");
  const refused = await lodge.run("start", "third");
  expect(refused.status).toBe(exitStatus.exhausted);
  expect(refused.stderr).toContain(
    'Instance "third" needs 300MiB guaranteed; 150MiB of 400MiB are promised (idle 150MiB): 250MiB is left.',
  );
  expect(await lines("third")).toMatchObject([{ action: "refuse" }]);
  await lodge.must("delete", "third");
});

test("the next daemon finds what each may have, and with the mode off nothing of it is left", async () => {
  const before = await lines();
  await lodge.restartDaemon("SIGKILL");
  await until("targets of before", 10_000, async () => (await may("needy")) > 230 && (await may("idle")) < 170);
  expect((await lines()).slice(0, before.length)).toEqual(before);
  await lodge.must("config", "set", "governor.mode", "off");
  await until("nothing is set", 10_000, async () => (await may("idle")) === 300 && (await may("needy")) === 300);
  const count = (await lines()).length;
  await lodge.must("exec", "needy", "--", "rm", "/dev/shm/held");
  expect(await lines()).toHaveLength(count);
}, 60_000);
