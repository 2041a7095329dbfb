/** The first root file system of a build: mmdebstrap. */
import { run } from "../../../system/run.ts";
import { hostAcquireOptions, hostMirrors, hostTargetFormat, sourceLines } from "./apt-sources.ts";
import type { ImageDefinition } from "./definition.ts";
import { runIsolated } from "./isolated.ts";

export interface Bootstrap {
  readonly definition: ImageDefinition;
  readonly packages: readonly string[];
  /** Made by mmdebstrap. */
  readonly root: string;
}

/** For a slow mirror; one that hangs ends it earlier, by apt's own bounds. */
const timeout = 1_200_000;

export async function bootstrap(plan: Bootstrap, progress: (step: string) => void, signal: AbortSignal): Promise<void> {
  const { sources, aptOptions } = await hostApt(plan.definition, signal);
  await runIsolated("mmdebstrap", mmdebstrapArguments(plan, aptOptions), {
    step: `Bootstrapping ${plan.definition.suite}`,
    signal,
    timeout,
    input: `${sources.join("\n")}\n`,
    onLine: (line) => {
      const step = progressOf(line);
      if (step) progress(step);
    },
  });
}

async function hostApt(definition: ImageDefinition, signal: AbortSignal) {
  const targets = await run("apt-get", ["indextargets", "--format", hostTargetFormat, "Created-By: Packages"], {
    signal,
  });
  const acquire = await run("apt-config", ["dump", "Acquire"], { signal });
  return { sources: sourceLines(definition, hostMirrors(targets)), aptOptions: hostAcquireOptions(acquire) };
}

/** Pure: mmdebstrap's arguments. The sources come on its standard input. */
export function mmdebstrapArguments(plan: Bootstrap, aptOptions: readonly string[]): string[] {
  const { definition } = plan;
  const bounds = ['Acquire::Retries "2";', 'Acquire::http::Timeout "30";', 'Acquire::https::Timeout "30";'];
  return [
    "--mode=root",
    "--format=directory",
    `--variant=${definition.bootstrap === "unpack" ? "extract" : "minbase"}`,
    ...(definition.architecture ? [`--architectures=${definition.architecture}`] : []),
    ...(plan.packages.length > 0 ? [`--include=${plan.packages.join(",")}`] : []),
    ...[...bounds, ...aptOptions].map((option) => `--aptopt=${option}`),
    "--dpkgopt=force-unsafe-io",
    // Further packages are installed into the same root: the caller cleans up.
    "--skip=cleanup/apt",
    definition.suite,
    plan.root,
    "-",
  ];
}

const steps: ReadonlyArray<readonly [RegExp, string]> = [
  [/running apt-get update/, "Reading the package lists"],
  [/downloading packages/, "Downloading packages"],
  [/extracting archives/, "Unpacking packages"],
  [/installing essential packages/, "Installing essential packages"],
  [/installing remaining packages/, "Installing packages"],
];

/** Pure: a step in words, when the line begins one. */
export function progressOf(line: string): string | undefined {
  return steps.find(([pattern]) => line.startsWith("I: ") && pattern.test(line))?.[1];
}
