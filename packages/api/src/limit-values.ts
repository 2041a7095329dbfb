/** Values of `limits.…` that are more than one number. Free of zod. */
import { parseSize } from "./values.ts";

/** What `limits.cpu.allowance` grants: a part when others want the CPUs too, or so much in any case and no more. */
export type CpuAllowance =
  /** 100 is what instances have that say nothing. */
  | { readonly percent: number }
  /** Milliseconds of CPU time in each period. */
  | { readonly time: number; readonly period: number };

const mostPercent = 10_000;

/** `50%`, or `25ms/100ms`; undefined when it is neither. */
export function parseAllowance(value: string): CpuAllowance | undefined {
  const percent = Number(/^(\d{1,5})%$/.exec(value)?.[1] ?? 0);
  if (percent >= 1 && percent <= mostPercent) return { percent };
  const [, time = 0, period = 0] = /^(\d{1,6})ms\/(\d{1,4})ms$/.exec(value)?.map(Number) ?? [];
  // The kernel's bounds of a period, and of the time in it.
  return time >= 1 && period >= 1 && period <= 1000 ? { time, period } : undefined;
}

/** Of `25ms`: 1 to 1000; undefined when it is something else. */
export function parseMilliseconds(value: string): number | undefined {
  const time = Number(/^(\d{1,4})ms$/.exec(value)?.[1] ?? 0);
  return time >= 1 && time <= 1000 ? time : undefined;
}

const mebibyte = 2 ** 20;

/** Bytes of `512MiB`, or of `50%` of what the host has, in whole MiB; undefined when it is neither. */
export function parseMemory(value: string, hostMemory: number): number | undefined {
  const percent = parsePercent(value);
  if (percent === undefined) return parseSize(value);
  return Math.max(1, Math.floor((hostMemory * percent) / 100 / mebibyte)) * mebibyte;
}

/** 1 to 100. */
export function parsePercent(value: string): number | undefined {
  const percent = Number(/^(\d{1,3})%$/.exec(value)?.[1] ?? 0);
  return percent >= 1 && percent <= 100 ? percent : undefined;
}
