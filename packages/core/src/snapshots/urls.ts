import { instanceUrl } from "../instances/dependencies.ts";

export const snapshotUrl = (instance: string, name: string): string =>
  `${instanceUrl(instance)}/snapshots/${encodeURIComponent(name)}`;

/** What an operation on a snapshot is about. */
export const snapshotResources = (instance: string, name: string) => ({
  instances: [instanceUrl(instance)],
  instances_snapshots: [snapshotUrl(instance, name)],
});
