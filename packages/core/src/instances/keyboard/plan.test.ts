import type { KeyInput, KeysPost } from "@lodge/api";
import { expect, test } from "vitest";
import { type KeyStep, letGo, planKeys } from "./plan.ts";

const plan = (keys: KeyInput[], more: Partial<KeysPost> = {}) =>
  planKeys({ keys, layout: "us", interval: 60, ...more });
/** `+shift +a 30` for a step that presses both and waits 30 ms. */
const written = (steps: readonly KeyStep[]) =>
  steps.map(({ events, pause }) => [...events.map(({ key, down }) => `${down ? "+" : "-"}${key}`), pause].join(" "));

test.each<[string, KeyInput[], Partial<KeysPost>, string[]]>([
  ["text", [{ text: "aB" }], {}, ["+a 30", "-a 30", "+shift +b 30", "-b -shift 30"]],
  ["a line", [{ text: "a\r\n" }], {}, ["+a 30", "-a 30", "+ret 30", "-ret 30"]],
  ["text on another layout", [{ text: "y" }], { layout: "de" }, ["+z 30", "-z 30"]],
  [
    "a letter written with a combining accent",
    [{ text: "e\u0301" }],
    { layout: "de" },
    ["+equal 30", "-equal 30", "+e 30", "-e 30"],
  ],
  ["a chord", [{ chord: ["ctrl", "alt", "del"] }], {}, ["+ctrl +alt +delete 30", "-delete -alt -ctrl 30"]],
  ["a chord in any case", [{ chord: ["Ctrl", "C"] }], {}, ["+ctrl +c 30", "-c -ctrl 30"]],
  ["a chord on another layout", [{ chord: ["ctrl", "z"] }], { layout: "de" }, ["+ctrl +y 30", "-y -ctrl 30"]],
  [
    "a chord with a character that needs Shift",
    [{ chord: ["ctrl", "shift", "+"] }],
    {},
    ["+ctrl +shift +equal 30", "-equal -shift -ctrl 30"],
  ],
  ["events as they are", [{ key: "enter", down: true }], {}, ["+ret 60"]],
  ["positions, whatever the layout", [{ key: "z", down: false }], { layout: "de" }, ["-z 60"]],
  ["an odd interval", [{ text: "a" }], { interval: 15 }, ["+a 8", "-a 7"]],
])("plans %s", (_what, keys, more, expected) => expect(written(plan(keys, more))).toEqual(expected));

test.each<[KeyInput, string]>([
  [{ text: "aé" }, '"é" (U+00E9)'],
  [{ text: "\u0007" }, "U+0007"],
  [{ chord: ["hyper", "x"] }, '"hyper"'],
  [{ chord: ["ctrl", "ä"] }, '"ä"'],
])("refuses %j", (input, words) => {
  expect(() => plan([input])).toThrow(expect.objectContaining({ code: "keys_invalid" }));
  expect(() => plan([input])).toThrow(words);
});

test("what is still pressed is let go of in reverse", () => {
  const steps = plan([{ key: "ctrl", down: true }, { text: "A" }]);
  expect(letGo(steps, 2)).toEqual([
    { key: "a", down: false },
    { key: "shift", down: false },
    { key: "ctrl", down: false },
  ]);
  expect(letGo(steps, 3)).toEqual([{ key: "ctrl", down: false }]);
  expect(letGo(steps, 0)).toEqual([]);
});
