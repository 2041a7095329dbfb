import { createHash } from "node:crypto";
import type { Config } from "@lodge/api";

/** What cloud-init in a guest finds: the files of its NoCloud data source. */
export interface CloudInitSeed {
  readonly metaData: string;
  readonly userData: string;
  /** Missing: the driver's own, see `defaultData`. */
  readonly vendorData?: string;
  /** Missing: cloud-init chooses. */
  readonly networkConfig?: string;
}

/** What a seed is made of. */
export interface CloudInitSource {
  readonly name: string;
  /** Expanded. */
  readonly config: Config;
  /** Names of the interfaces inside. */
  readonly nics: readonly string[];
}

/** Nothing to do, in cloud-init's words. */
export const defaultData = "#cloud-config\n{}\n";

/** A key, or what older clients call it. */
const valueOf = (config: Config, name: string): string | undefined =>
  config[`cloud-init.${name}`] ?? config[`user.${name}`];

/** Whether there is anything to tell cloud-init. Without that guests get no seed: an image's cloud-init then stays out of the way. */
export function wantsCloudInit(config: Config): boolean {
  return ["user-data", "vendor-data", "network-config", "meta-data"].some(
    (name) => valueOf(config, name) !== undefined,
  );
}

/** What only a guest that boots can act upon: a template's has a network already. */
export const hasNetworkConfig = (config: Config): boolean => valueOf(config, "network-config") !== undefined;

export function cloudInitSeed({ name, config }: CloudInitSource, instanceId: string): CloudInitSeed {
  const vendorData = valueOf(config, "vendor-data");
  const networkConfig = valueOf(config, "network-config");
  return {
    // A name may be a word that means something else in YAML ("no").
    metaData: `instance-id: ${instanceId}\nlocal-hostname: "${name}"\n${withNewline(config["user.meta-data"])}`,
    userData: valueOf(config, "user-data") ?? defaultData,
    ...(vendorData !== undefined && { vendorData }),
    ...(networkConfig !== undefined && { networkConfig }),
  };
}

const withNewline = (text: string | undefined): string => (text === undefined ? "" : `${text.replace(/\n$/, "")}\n`);

/** Tells one content from another: when it changes, cloud-init has to do with a new instance. */
export function seedDigest({ name, config, nics }: CloudInitSource): string {
  const data = ["user-data", "vendor-data", "network-config", "meta-data"].map((key) => valueOf(config, key) ?? null);
  const content = JSON.stringify([name, data, nics.toSorted()]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}
