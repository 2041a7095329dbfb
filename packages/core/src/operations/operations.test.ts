import { LodgeError, type Operation } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { EventBus } from "../events/bus.ts";
import { silentLog } from "../log.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { Operations } from "./operations.ts";

function setUp() {
  const store = new MemoryStore();
  const now = () => new Date("2026-01-02T03:04:05Z");
  const events = new EventBus(now);
  const seen: Operation[] = [];
  events.subscribe((event) => seen.push(event.metadata as Operation));
  let next = 0;
  const newId = () => `00000000-0000-4000-8000-${String(next++).padStart(12, "0")}`;
  return { store, seen, operations: new Operations({ store, events, log: silentLog, now, newId, keep: 5000 }) };
}
const request = { description: "Testing", resources: {}, project: "default" };

describe("Operations", () => {
  it("ends with the result as metadata and leaves no record", async () => {
    const { operations, store, seen } = setUp();
    const operation = await operations.begin(request, async ({ report }) => {
      report({ step_progress: "50%" });
      return { fingerprint: "f" };
    });
    expect(await store.operations.list()).toHaveLength(1);
    const done = await operations.wait(operation.id);
    expect(done).toMatchObject({
      status: "Success",
      status_code: 200,
      metadata: { step_progress: "50%", fingerprint: "f" },
    });
    expect(seen.map((o) => o.status)).toEqual(["Running", "Running", "Success"]);
    await expect.poll(() => store.operations.list()).toEqual([]);
  });

  it("rolls back in reverse order on failure, and says what could not be undone", async () => {
    const { operations } = setUp();
    const undone: string[] = [];
    const operation = await operations.begin(request, async ({ undo }) => {
      undo("first", async () => void undone.push("first"));
      undo("broken", () => Promise.reject(new Error("device busy")));
      undo("last", async () => void undone.push("last"));
      throw new LodgeError({ code: "pool_full", message: "No space." });
    });
    const done = await operations.wait(operation.id);
    expect(undone).toEqual(["last", "first"]);
    expect(done).toMatchObject({ status: "Failure", err_code: "pool_full" });
    expect(done.err).toBe("No space. Undoing it failed in part (broken: device busy).");
  });

  it("does not roll back what succeeded", async () => {
    const { operations } = setUp();
    const undone: string[] = [];
    const operation = await operations.begin(request, async ({ undo }) => {
      undo("made", async () => void undone.push("made"));
      return undefined;
    });
    await operations.wait(operation.id);
    expect(undone).toEqual([]);
  });

  it("cancels by the signal, rolls back and ends as Cancelled", async () => {
    const { operations } = setUp();
    const undone: string[] = [];
    const operation = await operations.begin(request, async ({ signal, undo }) => {
      undo("made", async () => void undone.push("made"));
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return undefined;
    });
    operation.cancel();
    expect(() => operation.cancel()).toThrow(/cannot be cancelled/);
    expect(await operations.wait(operation.id)).toMatchObject({
      status: "Cancelled",
      status_code: 401,
      err_code: "operation_cancelled",
    });
    expect(undone).toEqual(["made"]);
  });

  it("refuses to cancel what cannot be cancelled", async () => {
    const { operations } = setUp();
    const operation = await operations.begin({ ...request, cancellable: false }, async () => undefined);
    expect(() => operation.cancel()).toThrow(/cannot be cancelled/);
  });

  it("waits no longer than asked", async () => {
    const { operations } = setUp();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const operation = await operations.begin(request, () => promise);
    expect((await operations.wait(operation.id, 1)).status).toBe("Running");
    resolve(undefined);
    expect((await operations.wait(operation.id, 5000)).status).toBe("Success");
  });

  it("shows an operation that a dead daemon left behind as failed", async () => {
    const { operations, store } = setUp();
    const id = "11111111-1111-4111-8111-111111111111";
    await store.operations.put({
      id,
      description: "Creating instance",
      resources: {},
      project: "default",
      createdAt: new Date(0),
    });
    await operations.settleInterrupted();
    expect(operations.get(id).render()).toMatchObject({ status: "Failure", err_code: "operation_interrupted" });
    expect(await store.operations.list()).toEqual([]);
  });
});
