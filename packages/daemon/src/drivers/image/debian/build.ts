/**
 * The course of one build. Packages that both kinds of image share are installed once; the root is then copied, and both
 * artefacts are finished at the same time.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { InstanceType } from "@lodge/api";
import type { ImageMetadata, StagedImage } from "@lodge/core";
import type { Architecture } from "./architecture.ts";
import { finishImage, makeSquashfs } from "./artefact.ts";
import type { BootIdentity } from "./boot-config.ts";
import { takeBootLoader } from "./boot-loader.ts";
import { bootstrap } from "./bootstrap.ts";
import type { ImageDefinition } from "./definition.ts";
import { makeDisk } from "./disk.ts";
import { diskLayout } from "./disk-layout.ts";
import { applyLayer, closeRoot, installPackages, openRoot } from "./image-root.ts";
import { runIsolated } from "./isolated.ts";

export interface Build {
  readonly definition: ImageDefinition;
  readonly architecture: Architecture;
  readonly types: readonly InstanceType[];
  /** Where the results go. */
  readonly directory: string;
  /** For everything else; removed by the caller. */
  readonly scratch: string;
  readonly definitionsDirectory: string;
}

type Report = (step: string, percent: number) => void;

export async function buildImages(build: Build, report: Report, signal: AbortSignal): Promise<StagedImage[]> {
  const base = await makeBase(build, report, signal);
  // The last type takes the base itself.
  const roots = await Promise.all(
    build.types.map((type, index) => (index === build.types.length - 1 ? base : copyRoot(base, type, build, signal))),
  );
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const jobs = build.types.map(async (type, index) => {
    const root = roots[index] ?? base;
    try {
      return await (type === "container"
        ? buildContainer(build, root, report, either)
        : buildMachine(build, root, report, either));
    } catch (error) {
      failed.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(jobs);
  signal.throwIfAborted();
  return results.map((result) => {
    if (result.status === "rejected") throw firstCause(results);
    return result.value;
  });
}

/** The failure that ended the other job, not the other job's being ended. */
function firstCause(results: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  return reasons.find((reason) => !(reason instanceof DOMException)) ?? reasons[0];
}

async function makeBase(build: Build, report: Report, signal: AbortSignal): Promise<string> {
  const { definition, types } = build;
  const root = join(build.scratch, "base");
  // Without maintainer scripts there is no package manager in the root either: all has to come at once.
  const later = definition.bootstrap === "unpack" ? types.flatMap((type) => definition[type].packages) : [];
  let percent = 0;
  await bootstrap(
    { definition, packages: [...definition.common.packages, ...later], root },
    (step) => report(step, (percent += 8)),
    signal,
  );
  await openRoot(root);
  await applyLayer(root, definition.common, build.definitionsDirectory, signal);
  return root;
}

async function copyRoot(base: string, type: InstanceType, build: Build, signal: AbortSignal): Promise<string> {
  const root = join(build.scratch, type);
  await runIsolated("cp", ["--archive", "--reflink=auto", base, root], {
    step: "Copying the root file system",
    signal,
    timeout: 600_000,
  });
  return root;
}

async function buildContainer(build: Build, root: string, report: Report, signal: AbortSignal): Promise<StagedImage> {
  const { definition } = build;
  if (definition.bootstrap === "install") await installPackages(root, definition.container.packages, () => {}, signal);
  await applyLayer(root, definition.container, build.definitionsDirectory, signal);
  await closeRoot(root);
  report("Packing the container image", 45);
  const directory = join(build.directory, "container");
  await mkdir(directory, { recursive: true });
  const rootfs = join(directory, "rootfs.squashfs");
  await makeSquashfs(root, rootfs, signal);
  return finishImage("container", rootfs, metadataOf(build), directory, signal);
}

async function buildMachine(build: Build, root: string, report: Report, signal: AbortSignal): Promise<StagedImage> {
  const { definition, architecture, scratch } = build;
  const layer = definition["virtual-machine"];
  if (definition.bootstrap === "install") {
    const installed = (step: string, fraction: number) => report(step, 45 + 35 * fraction);
    await installPackages(root, layer.packages, installed, signal);
  }
  const identity = newIdentity();
  const loaderDirectory = join(scratch, "loader");
  await mkdir(loaderDirectory);
  const loader = await takeBootLoader(root, identity, loaderDirectory, signal);
  await applyLayer(root, layer, build.definitionsDirectory, signal);
  await closeRoot(root);
  const directory = join(build.directory, "virtual-machine");
  await mkdir(directory, { recursive: true });
  const { size, boot, timeout, cmdline } = layer.disk;
  const title = definition.properties["description"] ?? definition.name;
  const qcow2 = join(directory, "rootfs.img");
  await makeDisk(
    {
      ...{ root, loader, identity, scratch, qcow2 },
      layout: diskLayout(size, boot),
      settings: { title: title.replaceAll("'", ""), timeout, cmdline, serial: architecture.serial },
    },
    (step, percent) => report(step, percent),
    signal,
  );
  report("Computing the fingerprint", 98);
  return finishImage("virtual-machine", qcow2, metadataOf(build), directory, signal);
}

function newIdentity(): BootIdentity {
  const hex = randomBytes(4).toString("hex").toUpperCase();
  return { rootUuid: randomUUID(), bootUuid: randomUUID(), espId: `${hex.slice(0, 4)}-${hex.slice(4)}` };
}

function metadataOf({ definition, architecture }: Build): ImageMetadata {
  const now = new Date();
  const serial = now.toISOString().replace(/[-:]/g, "").slice(0, 13).replace("T", "_");
  return {
    architecture: architecture.kernel,
    creationDate: Math.floor(now.getTime() / 1000),
    properties: { architecture: architecture.debian, serial, ...definition.properties },
  };
}
