import { expect, it } from "vitest";
import { fetched } from "./fetched.ts";

it("waits for the daemon when a part cannot be fetched, and then fetches it", async () => {
  const steps: string[] = [];
  const part = fetched(
    async () => {
      steps.push("fetch");
      if (!steps.includes("back")) throw new TypeError("Failed to fetch dynamically imported module");
      return "part";
    },
    async () => void steps.push("back"),
  );
  expect(await part()).toBe("part");
  expect(steps).toEqual(["fetch", "back", "fetch"]);
});

it("says so when the daemon is there and has no such part", async () => {
  const gone = () => Promise.reject(new TypeError("gone"));
  await expect(fetched(gone, async () => {})()).rejects.toThrow("gone");
});
