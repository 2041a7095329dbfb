/**
 * cgroup v2 asks a BPF program whether a device may be used. This one goes through rules: data to data. Instructions are those of
 * Documentation/bpf/standardization/instruction-set.rst, what it is asked is `struct bpf_cgroup_dev_ctx` of linux/bpf.h.
 */
import type { DeviceRule } from "./device-rules.ts";

const LOAD_WORD = 0x61;
const MOVE_REGISTER = 0xbf;
const MOVE_VALUE = 0xb7;
const AND_VALUE = 0x57;
const SHIFT_RIGHT = 0x77;
const JUMP_UNLESS_VALUE = 0x55;
const JUMP_IF_REGISTER_NOT = 0x5d;
const EXIT = 0x95;

/** Registers: the answer, what is asked, and what is read of that. */
const [answer, context, kind, access, major, minor, rest] = [0, 1, 2, 3, 4, 5, 6];
const kinds = { b: 1, c: 2 } as const;
const accesses = { m: 1, r: 2, w: 4 } as const;

/** Allows what any of the rules allows, and nothing else. */
export function deviceProgram(rules: readonly DeviceRule[]): Buffer {
  return Buffer.concat([
    instruction(LOAD_WORD, kind, context, 0, 0),
    instruction(MOVE_REGISTER, access, kind, 0, 0),
    instruction(AND_VALUE, kind, 0, 0, 0xffff),
    instruction(SHIFT_RIGHT, access, 0, 0, 16),
    instruction(LOAD_WORD, major, context, 4, 0),
    instruction(LOAD_WORD, minor, context, 8, 0),
    ...rules.map(allow),
    ...reply(0),
  ]);
}

/** Falls through to the next rule where it does not fit. */
function allow(rule: DeviceRule): Buffer {
  const granted = rule.access.split("").reduce((bits, letter) => bits | accesses[letter as keyof typeof accesses], 0);
  const tests: ((toNext: number) => Buffer)[] = [
    (toNext) => instruction(JUMP_UNLESS_VALUE, kind, 0, toNext, kinds[rule.type]),
    () => instruction(MOVE_REGISTER, rest, access, 0, 0),
    () => instruction(AND_VALUE, rest, 0, 0, granted),
    (toNext) => instruction(JUMP_IF_REGISTER_NOT, rest, access, toNext, 0),
  ];
  const [ruleMajor, ruleMinor] = [rule.major, rule.minor];
  if (ruleMajor !== undefined) tests.push((toNext) => instruction(JUMP_UNLESS_VALUE, major, 0, toNext, ruleMajor));
  if (ruleMinor !== undefined) tests.push((toNext) => instruction(JUMP_UNLESS_VALUE, minor, 0, toNext, ruleMinor));
  // A jump counts from the instruction after it; behind the tests stand the two of the answer.
  return Buffer.concat([...tests.map((test, at) => test(tests.length - at - 1 + 2)), ...reply(1)]);
}

function reply(value: 0 | 1): Buffer[] {
  return [instruction(MOVE_VALUE, answer, 0, 0, value), instruction(EXIT, 0, 0, 0, 0)];
}

/** `struct bpf_insn`. */
function instruction(code: number, to: number, from: number, offset: number, value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeUInt8(code, 0);
  buffer.writeUInt8(to | (from << 4), 1);
  buffer.writeInt16LE(offset, 2);
  buffer.writeInt32LE(value, 4);
  return buffer;
}
