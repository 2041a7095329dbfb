/** Builds images of Debian from definitions on this host. */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuildProgress, BuildRequest, ImageBuilder, StagedImage } from "@lodge/core";
import type { Logger } from "pino";
import { architectureFor } from "./architecture.ts";
import { buildImages } from "./build.ts";
import { parseDefinition } from "./definition.ts";

export interface DebianBuilderOptions {
  /** The folder images/: definitions (`*.yaml`) and the guest files that they name. */
  readonly definitionsDirectory: string;
  readonly log: Logger;
}

/** Needs root, and a mount namespace in which it may mount. */
export function createDebianBuilder({ definitionsDirectory, log }: DebianBuilderOptions): ImageBuilder {
  return {
    async definitions() {
      const names = (await readdir(definitionsDirectory)).filter((name) => name.endsWith(".yaml")).sort();
      const texts = await Promise.all(names.map((name) => readFile(join(definitionsDirectory, name), "utf8")));
      return new Map(texts.map((text) => [parseDefinition(text).name, text]));
    },

    async build(request: BuildRequest, progress: BuildProgress, signal: AbortSignal): Promise<readonly StagedImage[]> {
      const definition = parseDefinition(request.yaml);
      const architecture = architectureFor(definition, request.types);
      const scratch = join(request.directory, "scratch");
      await mkdir(scratch, { recursive: true });
      const begun = performance.now();
      try {
        const images = await buildImages(
          {
            definition,
            architecture,
            types: request.types,
            directory: request.directory,
            scratch,
            definitionsDirectory,
          },
          risingProgress(progress),
          signal,
        );
        log.info({ image: definition.name, milliseconds: Math.round(performance.now() - begun) }, "image built");
        return images;
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

/** Container and virtual machine are built at the same time: what they report together never goes back. */
function risingProgress(progress: BuildProgress): (step: string, percent: number) => void {
  let highest = 0;
  return (step, percent) => {
    highest = Math.max(highest, Math.min(100, Math.round(percent)));
    progress(step, highest);
  };
}
