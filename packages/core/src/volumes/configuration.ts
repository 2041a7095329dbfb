import {
  type Config,
  findVolumeKey,
  LodgeError,
  parseSize,
  type VolumeContentType,
  volumeNameSchema,
} from "@lodge/api";
import type { VolumeRecord } from "../store.ts";

/** Bytes of a disk that nobody gave a size, as in LXD. */
const usualDiskSize = 10 * 2 ** 30;

export function checkVolumeName(name: string): void {
  const parsed = volumeNameSchema.safeParse(name);
  if (parsed.success) return;
  throw new LodgeError({
    code: "volume_name_invalid",
    message: `Volume name "${name}" ${parsed.error.issues[0]?.message ?? "is invalid"}.`,
  });
}

/** Refuses unknown keys, keys for another content, and wrong values. */
export function checkVolumeConfig(name: string, content: VolumeContentType, config: Config): void {
  for (const [key, value] of Object.entries(config)) {
    const known = findVolumeKey(key);
    if (!known) {
      throw new LodgeError({
        code: "config_key_unknown",
        message: `Unknown configuration key "${key}" on volume ${name}; docs/reference/storage.md lists those that there are.`,
      });
    }
    if (!known.contentTypes.includes(content)) {
      throw new LodgeError({
        code: "config_key_unknown",
        message: `Configuration key "${key}" does not apply to volume ${name}, whose content is ${content}; it is for ${known.contentTypes.join(", ")}.`,
      });
    }
    const problem = value === "" ? undefined : known.check(value);
    if (problem) {
      throw new LodgeError({
        code: "config_value_invalid",
        message: `Value "${value}" of "${key}" on volume ${name} ${problem}.`,
      });
    }
  }
}

/** An empty value is none. */
export const withoutEmpty = (config: Config): Config =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ""));

/** Bytes; undefined: no limit. The configuration has been checked. */
export function volumeSize({ contentType, config }: Pick<VolumeRecord, "contentType" | "config">): number | undefined {
  if (contentType === "iso") return undefined;
  return parseSize(config["size"] ?? "") ?? (contentType === "block" ? usualDiskSize : undefined);
}
