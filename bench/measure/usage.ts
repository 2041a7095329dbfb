/** What a control group says of its processes, as numbers. */

/** Seconds of processor time that a group's processes used so far. `text`: of v1 `cpuacct.usage`, of v2 `cpu.stat`. */
export function processorSeconds(version: 1 | 2, text: string): number {
  return version === 1 ? Number(text) / 1e9 : field(text, "usage_usec") / 1e6;
}

/**
 * Bytes that a group's processes hold by now, those of groups beneath it included: their own memory and what of files they have
 * mapped. The cache of files that were only read or written is not theirs alone and not counted. `text`: `memory.stat`.
 */
export function heldMemory(version: 1 | 2, text: string): number {
  return version === 1
    ? field(text, "total_rss") + field(text, "total_mapped_file")
    : field(text, "anon") + field(text, "file_mapped");
}

/** Of lines `name value`; 0 when there is none of this name. */
function field(text: string, name: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}
