import type { Instance, Profile } from "@lodge/api";

export interface DeviceRow {
  readonly name: string;
  readonly type: string;
  /** All of it, `type` too. */
  readonly settings: Readonly<Record<string, string>>;
  readonly words: string;
  /** `instance`, or the name of the profile from which it comes. */
  readonly from: string;
}

/** What an instance has, by name: the last profile that has one of that name counts, and the instance before all. */
export function devicesOf(
  { devices, expanded_devices, profiles: names }: Pick<Instance, "devices" | "expanded_devices" | "profiles">,
  profiles: readonly Pick<Profile, "name" | "devices">[],
): DeviceRow[] {
  return Object.entries({ ...expanded_devices, ...devices })
    .map(([name, settings]) => {
      const { type = "", ...others } = settings;
      const giver = names.findLast((each) => profiles.find((profile) => profile.name === each)?.devices[name]);
      const from = name in devices ? "instance" : (giver ?? "");
      const words = Object.entries(others).map(([key, value]) => `${key}=${value}`);
      return { name, type, settings, from, words: words.join(" ") };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}
