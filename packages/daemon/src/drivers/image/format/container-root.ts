/** Checks a container's root file system, every entry of it, and looks at what it holds. */
import { stat } from "node:fs/promises";
import type { ImageMetadata } from "@lodge/core";
import type { Compression } from "../../../system/tar/compression.ts";
import { elfBytes } from "./elf-architecture.ts";
import { EntryRules, type ImageLimits } from "./entry-rules.ts";
import { longestMetadata, parseMetadata, TemplateFiles } from "./metadata.ts";
import { refuse } from "./refuse.ts";
import { RootSurvey } from "./root-survey.ts";
import { checkSquashfs, headInSquashfs } from "./squashfs.ts";
import { type TarEntry, walkTar } from "./tar-archive.ts";

/** A tar archive: LXD's unified image, which has metadata beside the root, or the root alone. */
export interface TarContent {
  readonly metadata?: ImageMetadata;
  /** It has a folder `rootfs`. */
  readonly hasRootfs: boolean;
  readonly survey: RootSurvey;
}

export async function inspectTar(path: string, compression: Compression, signal: AbortSignal): Promise<TarContent> {
  const survey = new RootSurvey();
  const rules = new EntryRules(await limitsFor(path));
  let metadata: ImageMetadata | undefined;
  let hasRootfs = false;
  const templates = new TemplateFiles();
  const visit = async (entry: TarEntry) => {
    if (entry.path === "metadata.yaml") metadata = parseMetadata(await textOf(entry));
    await templates.note(entry);
    if (entry.path === "rootfs.img") throw refuse("it holds a disk in one archive with its metadata: give them apart");
    if (entry.path === "rootfs" && entry.type !== "directory") throw refuse("its rootfs is no folder");
    if (entry.path.startsWith("rootfs/")) hasRootfs = true;
    if (survey.note(entry.path) && entry.type === "file") survey.noteProgram(await entry.head(elfBytes));
  };
  await walkTar(path, compression, rules, visit, signal);
  if (rules.entries < 2 && !metadata) throw refuse("its root file system is empty");
  return { ...(metadata && { metadata: templates.of(metadata) }), hasRootfs, survey };
}

/** Programs that are looked at, at most: each is a run of a tool. */
const mostPrograms = 5;

/** Returns some of its programs: whoever needs to know what they are for looks at them, see `architectureOfSquashfs`. */
export async function inspectSquashfs(path: string, signal: AbortSignal): Promise<readonly string[]> {
  const survey = new RootSurvey();
  const programs: string[] = [];
  const rules = new EntryRules(await limitsFor(path));
  const visit = (entry: { path: string; type: string }) => {
    if (survey.note(entry.path) && entry.type === "file" && programs.length < mostPrograms) programs.push(entry.path);
  };
  await checkSquashfs(path, rules, visit, signal);
  return programs;
}

/** Of a squashfs that was inspected. */
export async function architectureOfSquashfs(
  path: string,
  programs: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const survey = new RootSurvey();
  for (const program of programs) survey.noteProgram(await headInSquashfs(path, program, elfBytes, signal));
  return survey.architecture;
}

async function textOf(entry: TarEntry): Promise<string> {
  return (await entry.content(longestMetadata)).toString("utf8");
}

/** A root unpacks to at most two hundred times its archive: more is no file system but a trap. */
async function limitsFor(archive: string): Promise<ImageLimits> {
  const { size } = await stat(archive);
  return { entries: 4_000_000, bytes: Math.max(1 << 30, size * 200) };
}
