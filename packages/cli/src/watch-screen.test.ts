import { LodgeError } from "@lodge/api/errors";
import { expect, test, vi } from "vitest";
import { waitForChangeWith, waitForStillnessWith, waitForText } from "./watch-screen.ts";

const readScreen = vi.fn(async (png: Buffer) => png.toString());
const eyes = {
  decodePng: (png: Buffer) => png.toString(),
  sameScreen: (a: string, b: string) => a.trimEnd() === b.trimEnd(),
  readScreen,
};

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
  const seen: string[] = [];
  const wanted = (text: string) => (text.includes("login") ? text : undefined);
  const rebooting = new LodgeError({ code: "instance_not_ready", message: "rebooting" });
  const pictures = camera("boot", "boot", rebooting, "boot", "login:");
  const how = { language: "eng", signal: bound(), seen: (text: string) => void seen.push(text) };
  const found = await waitForText(pictures, wanted, how, eyes);
  expect(found).toBe("login:");
  expect(seen).toEqual(["boot", "login:"]);
  expect(readScreen).toHaveBeenCalledTimes(2);
});

test("a change is waited for, a cursor is none", async () => {
  const pictures = camera("a", "a ", "a", "b");
  await waitForChangeWith(eyes, pictures, bound());
  expect(pictures.taken()).toBe(4);
});

test("stillness begins anew with every change", async () => {
  const pictures = camera("a", "b", "c", "c ");
  await waitForStillnessWith(eyes, pictures, 900, bound());
  expect(pictures.taken()).toBeGreaterThanOrEqual(5);
});

test("waiting ends with its time, and when the instance is stopped", async () => {
  await expect(waitForChangeWith(eyes, camera("a"), AbortSignal.timeout(50))).rejects.toThrow("abort");
  const stopped = new LodgeError({ code: "instance_wrong_state", message: "stopped" });
  await expect(waitForStillnessWith(eyes, camera("a", stopped), 5000, bound())).rejects.toBe(stopped);
});
