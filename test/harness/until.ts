import { setTimeout as delay } from "node:timers/promises";

/** Waits until `condition` gives something truthy and returns that. Looks every 50 ms; fails after the time bound. */
export async function until<T>(
  what: string,
  milliseconds: number,
  condition: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${milliseconds / 1000} s`);
    await delay(50);
  }
}
