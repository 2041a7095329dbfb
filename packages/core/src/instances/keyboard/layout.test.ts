import { type KeyboardLayout, keyboardLayouts } from "@lodge/api/keyboard";
import { expect, test } from "vitest";
import { Layout } from "./layout.ts";

const strokes = (layout: KeyboardLayout, character: string) =>
  new Layout(layout)
    .strokes(character)
    ?.map((stroke) => stroke.join("+"))
    .join(" ");

test.each<[KeyboardLayout, string, string | undefined]>([
  ["us", "a", "a"],
  ["us", "A", "shift+a"],
  ["us", "|", "shift+backslash"],
  ["us", "ä", undefined],
  ["uk", '"', "shift+2"],
  ["uk", "@", "shift+apostrophe"],
  ["uk", "#", "backslash"],
  ["uk", "\\", "less"],
  ["uk", "£", "shift+3"],
  ["uk", "€", "alt_r+4"],
  ["de", "z", "y"],
  ["de", "-", "slash"],
  ["de", "/", "shift+7"],
  ["de", "@", "alt_r+q"],
  ["de", "\\", "alt_r+minus"],
  ["de", "|", "alt_r+less"],
  ["de", "ß", "minus"],
  ["de", "Ü", "shift+bracket_left"],
  ["de", "^", "grave_accent spc"],
  ["de", "`", "shift+equal spc"],
  ["de", "é", "equal e"],
  ["de", "Ê", "grave_accent shift+e"],
  ["fr", "a", "q"],
  ["fr", "m", "semicolon"],
  ["fr", "1", "shift+1"],
  ["fr", "é", "2"],
  ["fr", "@", "alt_r+0"],
  ["fr", ".", "shift+comma"],
  ["fr", "ê", "bracket_left e"],
  ["fr", "ï", "shift+bracket_left i"],
  ["es", "ñ", "semicolon"],
  ["es", "@", "alt_r+2"],
  ["es", "[", "alt_r+bracket_left"],
  ["es", "á", "apostrophe a"],
  ["es", "^", "shift+bracket_left spc"],
  ["es", "~", "alt_r+4"],
  ["it", "@", "alt_r+semicolon"],
  ["it", "{", "shift+alt_r+bracket_left"],
  ["it", "ò", "semicolon"],
  ["it", "^", "shift+equal"],
  ["dvorak", "e", "d"],
  ["dvorak", ";", "z"],
  ["dvorak", '"', "shift+q"],
  ["dvorak", "\n", "ret"],
])("%s has %s at %s", (layout, character, expected) => expect(strokes(layout, character)).toBe(expected));

test.each(keyboardLayouts)("%s has all of ASCII", (layout) => {
  const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
  expect(ascii.filter((character) => strokes(layout, character) === undefined)).toEqual([]);
});

test.each(keyboardLayouts)("%s gives different characters different strokes", (layout) => {
  const letters = Array.from(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.,:;'\"@#()[]{}<>|\\~`^",
  );
  expect(new Set(letters.map((letter) => strokes(layout, letter))).size).toBe(letters.length);
});
