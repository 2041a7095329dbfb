/**
 * What values of configuration and device keys may be. A check returns what is wrong with a value in words that follow
 * `value "x" of "key" …`, or undefined. Free of zod.
 */
import { isIPv4, isIPv6 } from "node:net";

export interface ValueCheck {
  (value: string): string | undefined;
  /** Values to choose from, where they are few: forms offer them. */
  readonly choices?: readonly string[];
}

/** A check that says what there is to choose from. */
export const offering = (choices: readonly string[], check: (value: string) => string | undefined): ValueCheck =>
  Object.assign((value: string) => check(value), { choices });

/** Bytes of `512MiB`, `1GB`, `2GiB`, plain bytes; undefined when it is no size. Units as LXD. */
export function parseSize(value: string): number | undefined {
  const match = /^(\d{1,15})(B|kB|MB|GB|TB|PB|KiB|MiB|GiB|TiB|PiB)?$/.exec(value);
  if (!match?.[1]) return undefined;
  const bytes = Number(match[1]) * (sizeUnits[match[2] ?? "B"] ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/** Milliseconds of `90s`, `30m`, `1h30m`, `2d`, `1w`; undefined when it is no span. */
export function parseSpan(value: string): number | undefined {
  if (!/^(\d{1,7}[smhdw])+$/.test(value)) return undefined;
  const parts = [...value.matchAll(/(\d+)([smhdw])/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (spanUnits[unit] ?? 0), 0);
}
const spanUnits: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const longestSpan = 100 * 365 * 86_400_000;

/** Whether a value that passed `boolean` means yes. */
export const isTrue = (value: string | undefined): boolean => /^(true|1|yes|on)$/i.test(value ?? "");

export const text: ValueCheck = () => undefined;

export const boolean: ValueCheck = offering(["true", "false"], (value) =>
  /^(true|false|0|1|yes|no|on|off)$/i.test(value) ? undefined : "must be true or false",
);

export const memorySize: ValueCheck = (value) =>
  (parseSize(value) ?? 0) >= 2 ** 20 ? undefined : "must be a size of at least 1MiB such as 512MiB or 2GiB";

export const diskSize: ValueCheck = (value) =>
  parseSize(value) === undefined ? "must be a size such as 10GiB" : undefined;

/** Dates end, and so do spans: at a hundred years. */
export const timeSpan: ValueCheck = (value) => {
  const span = parseSpan(value) ?? 0;
  return span > 0 && span <= longestSpan ? undefined : "must be a span of time such as 90s, 30m, 1h30m or 2d";
};

export const integer =
  (min: number, max: number): ValueCheck =>
  (value) =>
    /^-?\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `must be a whole number from ${min} to ${max}`;

export const oneOf = (...choices: readonly string[]): ValueCheck =>
  offering(choices, (value) => (choices.includes(value) ? undefined : `must be one of ${choices.join(", ")}`));

/** A path without `.` and `..`, so that it means the same wherever it is looked at. */
export const absolutePath: ValueCheck = (value) =>
  /^\/(?!.*(^|\/)\.{1,2}(\/|$))[^\0]*$/.test(value) ? undefined : "must be an absolute path without . and ..";

/** In any case; unicast. */
export const macAddress: ValueCheck = (value) => {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value)) return "is no MAC address such as 00:16:3e:12:34:56";
  return Number.parseInt(value.slice(0, 2), 16) % 2 === 1 ? "is a multicast address" : undefined;
};

/** As guests see it: Linux ends names at 15 characters. */
export const interfaceName: ValueCheck = (value) =>
  /^[a-z][a-z0-9]{0,14}$/.test(value) ? undefined : "is no interface name (lower-case letters and digits, at most 15)";

/** Permission bits of a file without the set-id bits: `0660`, `644`. */
export const octalMode: ValueCheck = (value) =>
  /^0?[0-7]{3}$/.test(value) ? undefined : "must be permissions in octal such as 0660";

/** A number of a vendor or a product, as USB and PCI write it. */
export const hexadecimal4: ValueCheck = (value) =>
  /^[0-9a-f]{4}$/i.test(value) ? undefined : "must be four hexadecimal digits such as 1d6b";

export const pciAddress: ValueCheck = (value) =>
  /^([0-9a-f]{4}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i.test(value)
    ? undefined
    : "is no PCI address such as 0000:00:02.0";

/** As the host calls it. */
export const hostInterface: ValueCheck = (value) =>
  /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$/.test(value) ? undefined : "is no name of an interface of the host";

export const ipv4Address: ValueCheck = (value) => (isIPv4(value) ? undefined : "is no IPv4 address");

export const ipv6Address: ValueCheck = (value) => (isIPv6(value) ? undefined : "is no IPv6 address");

/** Labels of letters, digits and hyphens, separated by dots. */
export const domainName: ValueCheck = (value) =>
  value.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(value)
    ? undefined
    : "is no domain name such as lodge or dev.example.com";

/** Values separated by commas, each checked. */
export const listOf =
  (check: ValueCheck): ValueCheck =>
  (value) => {
    const problems = splitList(value).map((each) => {
      const problem = check(each);
      return problem && `has "${each}", which ${problem}`;
    });
    return problems.find((problem) => problem !== undefined);
  };

/** The members of a list that passed `listOf`. */
export const splitList = (value: string | undefined): string[] =>
  (value ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
