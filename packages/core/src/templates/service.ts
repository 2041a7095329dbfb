import { LodgeError, type Template, type TemplateCreate } from "@lodge/api";
import { checkConfig, expandConfig, expandDevices } from "../instances/configuration.ts";
import type { InstanceDependencies } from "../instances/dependencies.ts";
import { checkDevices } from "../instances/devices/check.ts";
import type { InstanceId } from "../instances/driver.ts";
import { imageConfig } from "../instances/origin.ts";
import { type ExpandedInstance, InstanceRecords } from "../instances/records.ts";
import type { RunningOperation } from "../operations/operation.ts";
import type { TemplateService } from "../services.ts";
import type { TemplateRecord } from "../store.ts";
import { readShape, shapeDevices, type TemplateShape } from "./shape.ts";
import type { Templates } from "./templates.ts";

const templateUrl = (id: string): string => `/1.0/templates/${id}`;

/** What users do to templates; most are left by launches. */
export class TemplateCommands implements TemplateService {
  readonly #deps: InstanceDependencies;
  readonly #templates: Templates;

  constructor(deps: InstanceDependencies, templates: Templates) {
    this.#deps = deps;
    this.#templates = templates;
  }

  async list(project: string): Promise<Template[]> {
    return (await this.#templates.list(project)).map((each) => this.#render(each));
  }

  async get(project: string, id: string): Promise<Template> {
    return this.#render(await this.#find(project, id));
  }

  async build(project: string, request: TemplateCreate): Promise<RunningOperation> {
    const shape = await this.#shape(project, request);
    const resources = { images: [`/1.0/images/${shape.fingerprint}`] };
    return this.#deps.operations.begin({ description: "Building template", resources, project }, async (context) => {
      const progress = (percent: number) => context.report({ build_progress: `${percent}%` });
      const { id, size } = await this.#templates.build(shape, progress, context.signal);
      this.#deps.events.lifecycle("template-created", templateUrl(id), {}, project);
      return { template: id, size };
    });
  }

  async delete(project: string, id: string): Promise<RunningOperation> {
    const record = await this.#find(project, id);
    return this.#deps.operations.begin(
      { description: "Deleting template", resources: { templates: [templateUrl(id)] }, project, cancellable: false },
      async () => {
        await this.#templates.remove(record.id);
        this.#deps.events.lifecycle("template-deleted", templateUrl(id), {}, project);
        return undefined;
      },
    );
  }

  /** What instances would be that are launched so. */
  async #shape(project: string, { source, config, devices, profiles }: TemplateCreate): Promise<TemplateShape> {
    const image = await (await this.#deps.catalog.of(project)).resolve(source, "virtual-machine");
    const records = await new InstanceRecords(this.#deps.store).profiles(project, profiles ?? ["default"]);
    const expanded = {
      config: expandConfig(records, { ...imageConfig(image), ...config }),
      devices: expandDevices(records, devices ?? {}),
    };
    const owner = "the template";
    checkConfig(owner, "virtual-machine", expanded.config, this.#deps.host);
    checkDevices(owner, "virtual-machine", expanded.devices);
    const record = { name: owner, project, type: "virtual-machine", fingerprint: image.fingerprint } as const;
    return this.#templates.shapeOf({ ...expanded, record: record as ExpandedInstance["record"] });
  }

  #render(record: TemplateRecord): Template {
    return renderTemplate(record, this.#templates.readyOf(record.id));
  }

  async #find(project: string, id: string): Promise<TemplateRecord> {
    const found = (await this.#templates.list(project)).find((each) => each.id === (id as InstanceId));
    if (found) return found;
    throw new LodgeError({
      code: "template_not_found",
      message: `There is no template ${id}; "lodge template list" shows those that there are.`,
    });
  }
}

function renderTemplate(record: TemplateRecord, ready: number): Template {
  const shape = readShape(record.shape);
  return {
    id: record.id,
    project: record.project,
    fingerprint: record.fingerprint,
    pool: record.pool,
    config: shape.config,
    devices: shapeDevices(shape),
    tool: shape.tool,
    size: record.size,
    ready,
    created_at: record.createdAt.toISOString(),
    last_used_at: record.lastUsedAt.toISOString(),
  };
}
