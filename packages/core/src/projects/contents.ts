import { LodgeError } from "@lodge/api";
import { instanceUrl } from "../instances/dependencies.ts";
import { inProject } from "../project-url.ts";
import { volumeUrl } from "../storage/volume-url.ts";
import type { Tables } from "../store.ts";
import { defaultProjectName } from "./features.ts";

type Reading = Pick<Tables, "instances" | "images" | "profiles" | "volumes" | "networks">;

/** What is in a project, those that are being made or deleted included. */
export async function contentsOf(store: Reading, project: string): Promise<Readonly<Record<string, string[]>>> {
  const isIn = (record: { readonly project: string }) => record.project === project;
  const [instances, images, profiles, volumes, networks] = await Promise.all([
    store.instances.list(),
    store.images.list(),
    store.profiles.list(),
    store.volumes.list(),
    store.networks.list(),
  ]);
  return {
    instances: instances.filter(isIn).map(({ name }) => instanceUrl(name)),
    images: images.filter(isIn).map(({ fingerprint }) => `/1.0/images/${fingerprint}`),
    profiles: profiles.filter(isIn).map(({ name }) => `/1.0/profiles/${encodeURIComponent(name)}`),
    volumes: volumes.filter(isIn).map(volumeUrl),
    networks: project === defaultProjectName ? networks.map(({ name }) => `/1.0/networks/${name}`) : [],
  };
}

export async function usedBy(store: Reading, project: string): Promise<string[]> {
  return Object.values(await contentsOf(store, project))
    .flat()
    .map((path) => inProject(path, project));
}

/** Its profile `default` came with it and goes with it. */
const own = "/1.0/profiles/default";

/** Refuses what is done to empty projects only. `act` in words: `deleted`. */
export async function requireEmpty(store: Reading, project: string, act: string): Promise<void> {
  const contents = Object.entries(await contentsOf(store, project)).map(
    ([noun, urls]) => [noun, urls.filter((path) => path !== own)] as const,
  );
  const left = contents.filter(([, urls]) => urls.length > 0);
  if (left.length === 0) return;
  const named = left.map(([noun, urls]) => `${noun} ${urls.map(lastOf).join(", ")}`).join("; ");
  throw new LodgeError({
    code: "project_in_use",
    message: `Project "${project}" is not empty and cannot be ${act}: it has ${named}. Delete them or move them elsewhere first.`,
  });
}

const lastOf = (path: string): string => decodeURIComponent(path.slice(path.lastIndexOf("/") + 1)).slice(0, 63);
