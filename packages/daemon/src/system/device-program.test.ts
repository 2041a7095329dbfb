import { describe, expect, it } from "vitest";
import { deviceProgram } from "./device-program.ts";
import { type DeviceRule, ruleText } from "./device-rules.ts";

const rules: readonly DeviceRule[] = [
  { type: "c", access: "m" },
  { type: "c", major: 1, minor: 7, access: "rw" },
  { type: "c", major: 136, access: "rwm" },
  { type: "b", major: 7, minor: 300_000, access: "rwm" },
];

describe("the device program", () => {
  it.each([
    ["c 1:7 r", true],
    ["c 1:7 rw", true],
    ["c 1:7 w", true],
    ["c 1:7 m", true],
    ["c 1:7 rwm", false], // No rule allows it all.
    ["b 1:7 r", false],
    ["c 1:8 r", false],
    ["c 136:5 rwm", true],
    ["b 7:300000 rwm", true],
    ["b 7:0 r", false],
    ["b 7:0 m", false],
  ])("answers %s with %s", (question, allowed) => expect(ask(deviceProgram(rules), question)).toBe(allowed));

  it("allows nothing without rules", () => expect(ask(deviceProgram([]), "c 1:3 r")).toBe(false));
});

it("writes rules as cgroup v1 reads them", () => {
  expect(rules.map(ruleText)).toEqual(["c *:* m", "c 1:7 rw", "c 136:* rwm", "b 7:300000 rwm"]);
});

/** What the kernel does with a program, for the instructions that ours has. */
function ask(program: Buffer, question: string): boolean {
  const [, type = "", major, minor, letters = ""] = /^(.) (\d+):(\d+) (\w+)$/.exec(question) ?? [];
  const access = letters.split("").reduce((bits, letter) => bits | ({ m: 1, r: 2, w: 4 }[letter] ?? 0), 0);
  const context = [(access << 16) | (type === "b" ? 1 : 2), Number(major), Number(minor)];
  const registers: number[] = [];
  for (let at = 0; ; at++) {
    const [code, registersByte] = [program.readUInt8(at * 8), program.readUInt8(at * 8 + 1)];
    const [to, from] = [registersByte & 15, registersByte >> 4];
    const [offset, value] = [program.readInt16LE(at * 8 + 2), program.readInt32LE(at * 8 + 4)];
    const [target = 0, source = 0] = [registers[to], registers[from]];
    if (code === 0x61) registers[to] = context[offset / 4] ?? 0;
    else if (code === 0xbf) registers[to] = source;
    else if (code === 0xb7) registers[to] = value;
    else if (code === 0x57) registers[to] = target & value;
    else if (code === 0x77) registers[to] = target >>> value;
    else if (code === 0x55) at += target !== value ? offset : 0;
    else if (code === 0x5d) at += target !== source ? offset : 0;
    else if (code === 0x95) return registers[0] === 1;
    else throw new Error(`no such instruction: ${code}`);
  }
}
