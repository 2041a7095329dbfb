import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { InstanceId, Screens } from "./driver.ts";
import type { KeyStep } from "./keyboard/plan.ts";
import { done, setUp, web } from "./testing/fake-host.ts";

/** A screen on which nothing is seen; keys are taken when the test says so. */
class FakeScreens implements Screens {
  readonly pressed: (readonly KeyStep[])[] = [];
  readonly takers: (() => void)[] = [];

  async screenshot() {
    return Buffer.from("PNG");
  }
  async viewScreen() {
    return new PassThrough();
  }
  async pressKeys(_id: InstanceId, steps: readonly KeyStep[], signal: AbortSignal) {
    this.pressed.push(steps);
    await new Promise<void>((resolve, reject) => {
      this.takers.push(resolve);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
}

async function setUpScreen() {
  const { instances, driver } = await setUp();
  const screens = new FakeScreens();
  for (const name of ["screenshot", "viewScreen", "pressKeys"] as const) {
    Object.assign(driver, { [name]: screens[name].bind(screens) });
  }
  await done(instances.create("default", web({ start: true })));
  const press = (text: string) =>
    instances.pressKeys("default", "web", { keys: [{ text }], layout: "us", interval: 60 });
  return { instances, screens, press };
}

it("types one request after the other", async () => {
  const { screens, press } = await setUpScreen();
  const [first, second] = [await press("ab"), await press("c")];
  await expect.poll(() => screens.pressed.length).toBe(1);
  screens.takers[0]?.();
  await first.done;
  await expect.poll(() => screens.pressed.map((steps) => steps.length)).toEqual([4, 2]);
  screens.takers[1]?.();
  await second.done;
});

it("passes over what was cancelled while it waited", async () => {
  const { screens, press } = await setUpScreen();
  const [first, second] = [await press("a"), await press("b")];
  await expect.poll(() => screens.pressed.length).toBe(1);
  second.cancel();
  first.cancel();
  await Promise.all([first.done, second.done]);
  expect([first, second].map((operation) => operation.render().status)).toEqual(["Cancelled", "Cancelled"]);
  expect(screens.pressed).toHaveLength(1);
});

it("refuses what cannot be typed before anything is", async () => {
  const { screens, press } = await setUpScreen();
  await expect(press("é")).rejects.toMatchObject({ code: "keys_invalid" });
  expect(screens.pressed).toEqual([]);
});

it("says of an instance without a screen that it has none, and of a stopped one that it does not run", async () => {
  const { instances } = await setUp();
  await done(instances.create("default", web()));
  const actions = [
    () => instances.screenshot("default", "web"),
    () => instances.screen("default", "web"),
    () => instances.pressKeys("default", "web", { keys: [{ text: "a" }], layout: "us", interval: 60 }),
  ];
  for (const action of actions) await expect(action()).rejects.toMatchObject({ code: "instance_wrong_state" });
  await done(instances.changeState("default", "web", { action: "start" }));
  for (const action of actions) await expect(action()).rejects.toMatchObject({ code: "not_supported" });
});
