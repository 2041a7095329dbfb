import { asLodgeError, isTrue, type MetadataTemplate } from "@lodge/api";
import type { InstanceDependencies } from "../dependencies.ts";
import type { ExpandedInstance } from "../records.ts";
import { contentOf, type MetadataContent } from "./content.ts";
import type { Context } from "./template/template.ts";
import { parseTemplate, renderTemplate } from "./template/template.ts";
import { triggerOf } from "./trigger.ts";

/** A file that is to be in a container's root before its init runs, or in a virtual machine's before anything is asked of that. */
export interface LaidFile {
  /** Absolute, as the guest sees it. */
  readonly path: string;
  readonly content: string;
  /** Only where there is none. */
  readonly createOnly: boolean;
}

/**
 * What the templates of an instance make at this start. A template that cannot be used keeps nobody from starting: images of others
 * may have what is not understood here.
 */
export async function laidFiles(
  deps: Pick<InstanceDependencies, "store" | "log">,
  instance: ExpandedInstance,
): Promise<LaidFile[]> {
  const content = await contentOf(deps.store, instance.record);
  return dueTemplates(content, triggerOf(instance.record)).flatMap(([path, entry, trigger]) => {
    try {
      const source = content.files[entry.template];
      if (source === undefined) throw new Error(`there is no template ${entry.template}`);
      const context = contextOf(instance, path, entry, trigger);
      return [{ path, content: renderTemplate(parseTemplate(source), context), createOnly: entry.create_only }];
    } catch (error) {
      const { name } = instance.record;
      deps.log.warn({ instance: name, path, err: asLodgeError(error) }, "a file was not made of its template");
      return [];
    }
  });
}

/** With what each is made for. */
function dueTemplates(
  { metadata }: MetadataContent,
  trigger: string | undefined,
): (readonly [string, MetadataTemplate, string])[] {
  return Object.entries(metadata.templates).flatMap(([path, entry]) => {
    const due = entry.when.find((when) => when === trigger) ?? entry.when.find((when) => when === "start");
    return due === undefined ? [] : [[path, entry, due] as const];
  });
}

/** The names that LXD's templates know. */
export function contextOf(
  { record, config }: ExpandedInstance,
  path: string,
  { properties }: MetadataTemplate,
  trigger: string,
): Context {
  const { name, type, architecture, ephemeral } = record;
  const privileged = isTrue(config["security.privileged"]);
  const instance = { name, type, architecture, ephemeral: String(ephemeral), privileged: String(privileged) };
  return {
    values: { trigger, path, instance, container: instance, config, devices: {}, properties },
    functions: {
      config_get: (key, fallback) => (typeof key === "string" && config[key] ? config[key] : fallback),
    },
  };
}
