import { type InstanceMetadata, type InstanceMetadataPut, LodgeError } from "@lodge/api";
import type { InstanceMetadataService } from "../../services.ts";
import { requirePresent } from "../../snapshots/creation.ts";
import { type InstanceDependencies, instanceUrl } from "../dependencies.ts";
import { InstanceRecords } from "../records.ts";
import { contentOf, inheritedContent, type MetadataContent } from "./content.ts";
import { parseTemplate } from "./template/template.ts";

/** Templates of an instance, at most. */
const mostTemplates = 64;

/** What instances have of their images' metadata, and the templates of files that are written when they start. */
export class InstanceMetadataCommands implements InstanceMetadataService {
  readonly #deps: InstanceDependencies;
  readonly #records: InstanceRecords;

  constructor(deps: InstanceDependencies) {
    this.#deps = deps;
    this.#records = new InstanceRecords(deps.store);
  }

  async get(project: string, name: string): Promise<InstanceMetadata> {
    return (await this.#content(project, name)).metadata;
  }

  async update(
    project: string,
    name: string,
    change: (current: InstanceMetadata) => InstanceMetadataPut,
  ): Promise<void> {
    await this.#change(project, name, "instance-metadata-updated", (content, record) => {
      const fallback = inheritedContent(record, undefined).metadata;
      const { architecture, creation_date, expiry_date, properties, templates } = change(content.metadata);
      const metadata: InstanceMetadata = {
        architecture: architecture || fallback.architecture,
        creation_date: creation_date ?? fallback.creation_date,
        expiry_date: expiry_date ?? 0,
        properties: properties ?? {},
        templates: templates ?? {},
      };
      return { ...content, metadata };
    });
  }

  async templates(project: string, name: string): Promise<string[]> {
    return Object.keys((await this.#content(project, name)).files).toSorted((a, b) => (a < b ? -1 : 1));
  }

  async template(project: string, name: string, template: string): Promise<string> {
    return requireTemplate(name, await this.#content(project, name), template);
  }

  async putTemplate(project: string, name: string, template: string, text: string): Promise<void> {
    parseTemplate(text);
    await this.#change(project, name, "instance-metadata-template-created", (content) => {
      const files = { ...content.files, [template]: text };
      if (Object.keys(files).length <= mostTemplates) return { ...content, files };
      const message = `Instance "${name}" has ${mostTemplates} templates already; delete one.`;
      throw new LodgeError({ code: "template_file_invalid", message });
    });
  }

  async deleteTemplate(project: string, name: string, template: string): Promise<void> {
    await this.#change(project, name, "instance-metadata-template-deleted", (content) => {
      requireTemplate(name, content, template);
      const { [template]: _gone, ...files } = content.files;
      return { ...content, files };
    });
  }

  async #content(project: string, name: string): Promise<MetadataContent> {
    return contentOf(this.#deps.store, await this.#records.get(project, name));
  }

  async #change(
    project: string,
    name: string,
    action: string,
    change: (content: MetadataContent, record: Parameters<typeof inheritedContent>[0]) => MetadataContent,
  ): Promise<void> {
    const { store, lock, events } = this.#deps;
    const found = await this.#records.get(project, name);
    await lock.run(found.id, async () => {
      const record = await requirePresent(this.#deps, found);
      const { metadata, files } = change(await contentOf(store, record), record);
      await store.instanceMetadata.put({ instance: record.id, metadata, files });
    });
    events.lifecycle(action, instanceUrl(name), {}, project);
  }
}

function requireTemplate(name: string, { files }: MetadataContent, template: string): string {
  const text = Object.hasOwn(files, template) ? files[template] : undefined;
  if (text !== undefined) return text;
  const message = `Instance "${name}" has no template "${template}"; \`lodge config template list ${name}\` shows those it has.`;
  throw new LodgeError({ code: "template_file_not_found", message });
}
