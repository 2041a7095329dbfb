/** docs/reference/image-definitions.md, from the schema that definitions are checked with. */
import { definitionSchema } from "../../packages/daemon/src/drivers/image/debian/definition.ts";
import { generated, page, table } from "./markdown.mjs";

/**
 * As much of JSON Schema as definitions use.
 * @typedef {object} Schema
 * @property {string} [type]
 * @property {string} [description]
 * @property {unknown} [default]
 * @property {unknown[]} [enum]
 * @property {Schema} [items]
 * @property {Schema[]} [anyOf]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 */

export function imageDefinitionsPage() {
  const schema = /** @type {Schema} */ (definitionSchema.toJSONSchema({ io: "input" }));
  const { properties = {}, ...rest } = schema;
  const layers = ["common", "container", "virtual-machine"];
  const top = Object.fromEntries(Object.entries(properties).filter(([key]) => !layers.includes(key)));
  const disk = properties["virtual-machine"]?.properties?.["disk"];
  return page("Image definitions", [
    generated,
    "An image definition is a YAML file from which `lodge image build` makes images. Those in `images/` come with Lodge " +
      "and are built by name (`lodge image build debian/12`); any other file is built by its path " +
      "(`lodge image build ./mine.yaml`). Unknown keys are refused. A definition is trusted like whoever may use the " +
      "daemon: its commands run as root in the new root file system. Source: " +
      "`packages/daemon/src/drivers/image/debian/definition.ts`.",
    table(["Key", "Value", "Default", "Meaning"], rows({ ...rest, properties: top }, "")),
    "## Layers",
    `${layers.map((layer) => `\`${layer}\`: ${properties[layer]?.description ?? ""}`).join(" ")} Each has these keys:`,
    table(["Key", "Value", "Default", "Meaning"], rows(properties["common"] ?? {}, "")),
    "## Disk",
    "`virtual-machine.disk` describes the disk of the virtual machine's image:",
    table(["Key", "Value", "Default", "Meaning"], rows(disk ?? {}, "")),
  ]);
}

/**
 * A row for each key, those of nested objects below their parent's.
 * @param {Schema} schema
 * @param {string} prefix
 * @returns {string[][]}
 */
function rows(schema, prefix) {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const alternatives = [value, value.items, ...(value.items?.anyOf ?? [])].filter((each) => each !== undefined);
    const nested = alternatives.flatMap((each) => rows(each, `${name}${each === value ? "" : "[]"}.`));
    return [
      [`\`${name}\``, valueOf(value), defaultOf(value, schema.required?.includes(key) ?? false), meaningOf(value)],
      ...nested,
    ];
  });
}

/**
 * @param {Schema} schema
 * @returns {string}
 */
function valueOf(schema) {
  if (schema.enum) return schema.enum.map((each) => `\`${each}\``).join(" or ");
  if (schema.anyOf) return schema.anyOf.map(valueOf).join(" or ");
  if (schema.type === "array") return `list of ${schema.items ? valueOf(schema.items) : "values"}`;
  if (schema.type === "object") return schema.properties ? "keys" : "keys of your own";
  return schema.type ?? "";
}

/**
 * @param {Schema} schema
 * @param {boolean} required
 */
function defaultOf(schema, required) {
  if (required) return "required";
  const value = schema.default;
  const empty = value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
  return empty ? "" : `\`${Array.isArray(value) ? value.join(", ") : value}\``;
}

/** @param {Schema} schema */
function meaningOf(schema) {
  const below = schema.items?.anyOf?.map((each) => each.description ?? "").filter(Boolean) ?? [];
  return [schema.description ?? "", ...below].filter(Boolean).join(" ");
}
