import { type Config, type InstanceType, LodgeError, type ProjectResource, parseSize } from "@lodge/api";
import { readRootDisk } from "../instances/devices/disks.ts";
import type { ExpandedInstance } from "../instances/records.ts";
import type { ProjectRecord, VolumeRecord } from "../store.ts";
import { volumeSize } from "../volumes/configuration.ts";
import { formatSize } from "./format-size.ts";

/** What is in a project, as far as its limits count it. */
export interface ProjectContents {
  readonly project: ProjectRecord;
  readonly instances: readonly CountedInstance[];
  /** Those of the project's own. */
  readonly volumes: readonly Pick<VolumeRecord, "name" | "contentType" | "config">[];
  /** Of the default project, to which all belong; 0 of every other. */
  readonly networks: number;
}

export type CountedInstance = Pick<ExpandedInstance, "config" | "devices"> & {
  readonly record: { readonly name: string; readonly type: InstanceType };
};

/** One thing that counts against a limit. An amount that is missing is one that nobody has limited. */
interface Taking {
  readonly owner: string;
  readonly amount: number | undefined;
  /** What is said instead of an amount. */
  readonly value?: string;
}

interface Limit {
  /** Of `limits.…`, and in a project's state. */
  readonly key: string;
  readonly takings: (contents: ProjectContents) => readonly Taking[];
  /** What each must have while the limit is set; missing: it counts in any case. */
  readonly needs?: string;
  readonly format?: (amount: number) => string;
}

const counted = (key: string, what: (contents: ProjectContents) => readonly string[]): Limit => ({
  key,
  takings: (contents) => what(contents).map((owner) => ({ owner, amount: 1 })),
});

const namesOf = ({ instances }: ProjectContents, type?: InstanceType): string[] =>
  instances.filter(({ record }) => type === undefined || record.type === type).map(({ record }) => record.name);

/** Of configuration keys that instances have. */
const summed = (key: string, read: (value: string) => number | undefined, only?: InstanceType) => ({
  key,
  needs: `limits.${key}`,
  takings: ({ instances }: ProjectContents) =>
    instances
      .filter(({ record }) => only === undefined || record.type === only)
      .map(({ record, config }): Taking => {
        const value = config[`limits.${key}`] ?? "";
        return { owner: record.name, amount: read(value), value };
      }),
});

const whole = (value: string): number | undefined => (/^\d+$/.test(value) ? Number(value) : undefined);

const limits: readonly Limit[] = [
  counted("instances", (contents) => namesOf(contents)),
  counted("containers", (contents) => namesOf(contents, "container")),
  counted("virtual-machines", (contents) => namesOf(contents, "virtual-machine")),
  summed("cpu", whole),
  { ...summed("memory", parseSize), format: formatSize },
  summed("processes", whole, "container"),
  { key: "disk", needs: "size", takings: disksOf, format: formatSize },
  counted("networks", ({ networks }) => Array.from({ length: networks }, () => "a network")),
];

function disksOf({ instances, volumes }: ProjectContents): Taking[] {
  return [
    ...instances.map(({ record, devices }) => ({
      owner: record.name,
      amount: readRootDisk(`instance ${record.name}`, devices).size,
    })),
    ...volumes
      .filter(({ contentType }) => contentType !== "iso")
      .map((volume) => ({ owner: `volume ${volume.name}`, amount: volumeSize(volume) })),
  ];
}

/** Refuses what is more than one of the project's limits allows, or cannot be counted. `project_limit_exceeded` */
export function requireWithinLimits(contents: ProjectContents): void {
  const { name, config } = contents.project;
  for (const limit of limits) {
    const allowed = allowedBy(config, limit.key);
    if (allowed === undefined) continue;
    const takings = limit.takings(contents);
    const open = takings.find(({ amount }) => amount === undefined);
    if (open) throw exceeded(missing(name, config, limit, open));
    const total = sum(takings);
    if (total > allowed) throw exceeded(arithmetic(name, limit, takings, { total, allowed }));
  }
}

/** What is taken and allowed of each thing, by its name. What has no limit of its own counts as nothing. */
export function resourcesOf(contents: ProjectContents): Record<string, ProjectResource> {
  return Object.fromEntries(
    limits.map((limit) => [
      limit.key,
      { Limit: allowedBy(contents.project.config, limit.key) ?? -1, Usage: sum(limit.takings(contents)) },
    ]),
  );
}

/** Whether anything is to be counted at all. */
export const hasLimits = (config: Config): boolean => limits.some(({ key }) => allowedBy(config, key) !== undefined);

function allowedBy(config: Config, key: string): number | undefined {
  return parseSize(config[`limits.${key}`] ?? "");
}

const sum = (takings: readonly Taking[]): number => takings.reduce((total, { amount = 0 }) => total + amount, 0);

function missing(project: string, config: Config, { key, needs }: Limit, { owner, value }: Taking): string {
  const amount = value ? `${needs} as an amount that can be added up, not ${value}` : needs;
  const what = needs === "size" ? `the disk of ${owner} needs a size` : `${owner} needs ${amount}`;
  return `Project "${project}" has limits.${key}=${config[`limits.${key}`]}, so ${what}, of its own or by a profile.`;
}

/** Of many only the largest are named. */
const named = 5;

function arithmetic(
  project: string,
  { key, needs, format = String }: Limit,
  takings: readonly Taking[],
  { total, allowed }: { readonly total: number; readonly allowed: number },
): string {
  const over = `limits.${key}=${format(allowed)} of project "${project}" allows ${format(total - allowed)} less than it would have`;
  if (needs === undefined) return `${over}: ${total} ${key} in all.`;
  const largest = [...takings].sort((a, b) => (b.amount ?? 0) - (a.amount ?? 0)).slice(0, named);
  const parts = largest.map(({ owner, amount = 0 }) => `${owner} ${format(amount)}`);
  if (takings.length > named) parts.push(`${takings.length - named} others`);
  return `${over}: ${parts.join(" + ")} = ${format(total)}.`;
}

const exceeded = (message: string): LodgeError => new LodgeError({ code: "project_limit_exceeded", message });
