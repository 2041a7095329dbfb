import { expect, test } from "vitest";
import { lockedMemory } from "./locked-memory.ts";

const gib = 2 ** 30;
const limits = (hard: string) => `Max locked memory         8388608              ${hard}              bytes     \n`;
const plain = "CapEff:\t000001fffeffffff\n";
const mighty = "CapEff:\t000001ffffffffff\n";

test.each<[string, string, string]>([
  ["a daemon that may raise limits", limits("8388608"), mighty],
  ["no limit", limits("unlimited"), plain],
  ["a limit that is high enough", limits(`${2 * gib}`), plain],
])("%s", (_what, own, status) => expect(lockedMemory("p", gib, { limits: own, status })).toBe(2 * gib));

test("a limit that is too low is said with what to do", () => {
  expect(() => lockedMemory("p", gib, { limits: limits("8388608"), status: plain })).toThrow(
    /"p": .*lock 8 MiB of the 2048 MiB .*LimitMEMLOCK=infinity.*CAP_SYS_RESOURCE/,
  );
});
