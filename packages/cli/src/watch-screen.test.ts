import { LodgeError } from "@lodge/api/errors";
import { expect, test, vi } from "vitest";
import { waitForChange, waitForStillness, waitForText } from "./watch-screen.ts";

vi.mock("@lodge/sdk/picture", () => ({
  decodePng: (png: Buffer) => png.toString(),
  sameScreen: (a: string, b: string) => a.trimEnd() === b.trimEnd(),
}));
vi.mock("./ocr/read-screen.ts", () => ({ readScreen: vi.fn(async (png: Buffer) => png.toString()) }));

/** Shows the pictures one after the other, and the last for ever. */
function camera(...pictures: readonly (string | LodgeError)[]) {
  let taken = 0;
  const take = async () => {
    const picture = pictures[Math.min(taken++, pictures.length - 1)] ?? "";
    if (picture instanceof LodgeError) throw picture;
    return Buffer.from(picture);
  };
  return Object.assign(take, { taken: () => taken });
}
const bound = () => AbortSignal.timeout(4_000);

test("text is waited for, and a picture is read once", async () => {
  const { readScreen } = await import("./ocr/read-screen.ts");
  const seen: string[] = [];
  const wanted = (text: string) => (text.includes("login") ? text : undefined);
  const rebooting = new LodgeError({ code: "instance_not_ready", message: "rebooting" });
  const pictures = camera("boot", "boot", rebooting, "boot", "login:");
  const found = await waitForText(pictures, wanted, {
    language: "eng",
    signal: bound(),
    seen: (text) => void seen.push(text),
  });
  expect(found).toBe("login:");
  expect(seen).toEqual(["boot", "login:"]);
  expect(readScreen).toHaveBeenCalledTimes(2);
});

test("a change is waited for, a cursor is none", async () => {
  const pictures = camera("a", "a ", "a", "b");
  await waitForChange(pictures, bound());
  expect(pictures.taken()).toBe(4);
});

test("stillness begins anew with every change", async () => {
  const pictures = camera("a", "b", "c", "c ");
  await waitForStillness(pictures, 900, bound());
  expect(pictures.taken()).toBeGreaterThanOrEqual(5);
});

test("waiting ends with its time, and when the instance is stopped", async () => {
  await expect(waitForChange(camera("a"), AbortSignal.timeout(50))).rejects.toThrow("abort");
  const stopped = new LodgeError({ code: "instance_wrong_state", message: "stopped" });
  await expect(waitForStillness(camera("a", stopped), 5000, bound())).rejects.toBe(stopped);
});
