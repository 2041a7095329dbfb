import { defaultPool } from "../defaults.ts";
import type { ProfileRecord, Store } from "../store.ts";

/** For software that nobody trusts: no network, little to take, and an end. */
export const sandboxProfile: ProfileRecord = {
  name: "sandbox",
  project: "default",
  description: "For untrusted software: no network, tight limits, deleted after an hour",
  config: { "boot.autostart": "false", "limits.cpu": "1", "limits.memory": "512MiB", ttl: "1h" },
  devices: { root: { type: "disk", path: "/", pool: defaultPool } },
};

/** That it was made, so that one that a user deletes does not come back. */
const madeSetting = "sandbox_profile";

/** Makes it once in the life of a LODGE_DIR. One that a user has made under its name stays what it is. */
export async function ensureSandboxProfile(store: Store): Promise<void> {
  await store.atomically(async ({ settings, profiles }) => {
    if (await settings.get(madeSetting)) return;
    const { project, name } = sandboxProfile;
    if (!(await profiles.get({ project, name }))) await profiles.put(sandboxProfile);
    await settings.put({ key: madeSetting, value: "made" });
  });
}
