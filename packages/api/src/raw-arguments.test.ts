import { expect, it } from "vitest";
import { rawArgumentsProblem, splitWords } from "./raw-arguments.ts";

it.each([
  ["", []],
  ["-device  x ", ["-device", "x"]],
  [`-a 'b c' "d 'e'"`, ["-a", "b c", "d 'e'"]],
  [String.raw`a\ b '\'`, ["a b", "\\"]],
  ["''", [""]],
  ["'a", undefined],
])("%j is %j", (line, words) => expect(splitWords(line)).toEqual(words));

it.each([
  ["-device intel-hda -device hda-duplex", undefined],
  ["-sandbox off", "-sandbox"],
  ["--runas root", "--runas"],
  ["-qmp stdio", "-qmp"],
  ["-device 'x", "not closed"],
  ["-device sandbox", undefined],
])("%j", (value, words) => {
  if (words) expect(rawArgumentsProblem(value)).toContain(words);
  else expect(rawArgumentsProblem(value)).toBeUndefined();
});
