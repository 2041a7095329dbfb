import { namedKeys } from "@lodge/api/keyboard";
import { expect, it } from "vitest";
import { chords } from "./chords.ts";

it.each(chords)("$title is made of keys that there are", ({ keys }) => {
  for (const key of keys) expect(key.length === 1 || namedKeys.has(key)).toBe(true);
});
