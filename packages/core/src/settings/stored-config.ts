import type { Config, ServerConfigKey } from "@lodge/api";
import type { Lock } from "../instances/lock.ts";
import type { Store } from "../store.ts";
import { checkKeys } from "./check-keys.ts";

export interface StoredConfigOptions {
  readonly store: Pick<Store, "settings">;
  readonly choosing: Lock;
  /** In messages: `the server`. */
  readonly owner: string;
  /** Under which name the store has it. */
  readonly setting: string;
  readonly keys: readonly ServerConfigKey[];
}

/** Configuration of something that there is one of, in the settings of the database. */
export class StoredConfig {
  readonly #options: StoredConfigOptions;

  constructor(options: StoredConfigOptions) {
    this.#options = options;
  }

  async get(): Promise<Config> {
    const { store, setting } = this.#options;
    const text = (await store.settings.get(setting))?.value;
    return text === undefined ? {} : (JSON.parse(text) as Config);
  }

  /** `change` makes the new whole, and may throw; nothing changes in between. `apply`: see `ConfigService`. */
  async update(change: (current: Config) => Config, apply?: (config: Config) => Promise<void>): Promise<void> {
    const { store, choosing, owner, setting, keys } = this.#options;
    await choosing.run(async () => {
      const config = Object.fromEntries(Object.entries(change(await this.get())).filter(([, value]) => value !== ""));
      checkKeys(owner, keys, config);
      await apply?.(config);
      await store.settings.put({ key: setting, value: JSON.stringify(config) });
    });
  }
}
