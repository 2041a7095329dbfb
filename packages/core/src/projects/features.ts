import { type Config, isTrue, LodgeError, type ProjectFeature, projectFeatures } from "@lodge/api";
import type { ProjectRecord } from "../store.ts";

/** The project that holds what others share. It is always there, and has a row only once somebody has changed it. */
export const defaultProjectName = "default";

export const defaultProject: ProjectRecord = {
  name: defaultProjectName,
  description: "Default Lodge project",
  config: {},
};

const every: Config = Object.fromEntries([...projectFeatures, "features.storage.buckets"].map((key) => [key, "true"]));

/** What the default project has and keeps. Networks belong to it. */
const ofDefault: Config = { ...every, "features.networks": "true", "features.networks.zones": "true" };

/** A project's configuration with its features, also where nobody has set them. */
export function withFeatures({ name, config }: Pick<ProjectRecord, "name" | "config">): Config {
  return name === defaultProjectName ? { ...config, ...ofDefault } : { ...every, ...config };
}

/** What is kept of a configuration that a client sends, who sends back what it read. `project_protected` */
export function keptConfig(name: string, config: Config): Config {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== ""));
  if (name !== defaultProjectName) return { ...every, ...given };
  const lost = Object.keys(ofDefault).find((key) => given[key] !== undefined && !isTrue(given[key]));
  if (lost !== undefined) {
    throw new LodgeError({
      code: "project_protected",
      message: `Project "${name}" holds what other projects share, so it keeps ${lost}=true.`,
    });
  }
  return Object.fromEntries(Object.entries(given).filter(([key]) => ofDefault[key] === undefined));
}

export const hasFeature = (project: Pick<ProjectRecord, "name" | "config">, feature: ProjectFeature): boolean =>
  isTrue(withFeatures(project)[feature]);

/** The features that a change of a configuration switches. */
export function switchedFeatures(before: ProjectRecord, after: ProjectRecord): string[] {
  return projectFeatures.filter((feature) => hasFeature(before, feature) !== hasFeature(after, feature));
}
