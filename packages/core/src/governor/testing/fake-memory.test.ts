import type { InstanceId } from "../../instances/driver.ts";
import { describeGovernedMemory } from "./describe-governed-memory.ts";
import { FakeMemory } from "./fake-memory.ts";

const mebibyte = 2 ** 20;

describeGovernedMemory("the fake", async () => {
  const driver = new FakeMemory();
  const running = "00000001" as InstanceId;
  driver.run(running, { works: 64 * mebibyte, keeps: 100 * mebibyte, least: mebibyte, most: 256 * mebibyte });
  const stopped = "00000002" as InstanceId;
  return { driver, running, stopped, next: async () => driver, close: async () => undefined };
});
