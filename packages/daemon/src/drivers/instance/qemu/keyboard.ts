import { setTimeout as delay } from "node:timers/promises";
import { type KeyEvent, type KeyStep, letGo } from "@lodge/core";
import type { InputEvent, QmpClient } from "@lodge/qmp";

/** Sends steps to a machine's keyboard with their pauses; lets go of what it has pressed when that fails or is aborted. */
export async function pressKeys(
  qmp: Pick<QmpClient, "execute">,
  steps: readonly KeyStep[],
  signal: AbortSignal,
): Promise<void> {
  let done = 0;
  try {
    for (const { events, pause } of steps) {
      signal.throwIfAborted();
      done += 1;
      await qmp.execute("input-send-event", { events: events.map(inputEvent) });
      await delay(pause, undefined, { signal });
    }
  } catch (error) {
    const left = letGo(steps, done);
    if (left.length > 0) await qmp.execute("input-send-event", { events: left.map(inputEvent) }).catch(() => undefined);
    throw error;
  }
}

const inputEvent = ({ key, down }: KeyEvent): InputEvent => ({
  type: "key",
  data: { down, key: { type: "qcode", data: key } },
});
