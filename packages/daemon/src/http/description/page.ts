/** The API's description as a page: no script, nothing from elsewhere. */
import { createHash } from "node:crypto";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly additionalProperties?: Schema | boolean;
}

interface Part {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Schema }[];
  readonly requestBody?: Part;
  readonly responses?: Readonly<Record<string, Part>>;
}

export interface ApiDescription {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const style = `
:root { color-scheme: light dark; --quiet: light-dark(#5a6472, #a0a9b5); --line: light-dark(#d9dee5, #38404a); --card: light-dark(#f6f8fa, #1b2027); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0 0 .25rem; } h2 { margin: 2.5rem 0 .5rem; text-transform: capitalize; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1.25rem 0; }
a { color: light-dark(#0b5cad, #7db7f0); }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .35rem 0; }
details[open] { background: var(--card); }
summary { cursor: pointer; padding: .45rem .75rem; display: grid; grid-template-columns: 4.2rem minmax(0, 1fr) minmax(0, 1fr); gap: .75rem; align-items: baseline; }
summary span { color: var(--quiet); font-size: .9rem; }
summary code { overflow-wrap: anywhere; }
b { font: 700 .75rem/1 ui-monospace, monospace; }
.get { color: light-dark(#1a7f37, #57c477); } .post { color: light-dark(#0b5cad, #7db7f0); } .delete { color: light-dark(#b42318, #f28b82); }
.put, .patch { color: light-dark(#8a5a00, #e0b050); }
div { padding: 0 .75rem .75rem; } h3 { font-size: .9rem; margin: .75rem 0 .25rem; } p { margin: .25rem 0; }
pre { margin: 0; padding: .6rem .75rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .3rem; font: .85rem/1.45 ui-monospace, monospace; }
@media (max-width: 40rem) { summary { grid-template-columns: 4.2rem minmax(0, 1fr); } summary span { grid-column: 2; } }
`;

/** What the page may load: its own style. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function apiPage({ info, paths, components }: ApiDescription): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const groups = Map.groupBy(all, ({ operation }) => operation.tags?.[0] ?? "server");
  const schemas = Object.entries(components?.schemas ?? {}).filter(([name]) => !name.endsWith("Input"));
  const links = [...groups.keys(), "objects"].map((tag) => `<a href="#${tag}">${tag}</a>`);
  const sections = [...groups].map(
    ([tag, operations]) => `<h2 id="${tag}">${tag}</h2>${operations.map(operationHtml).join("")}`,
  );
  const objects = schemas.map(
    ([name, schema]) =>
      `<details id="object-${name}"><summary><b>OBJECT</b><code>${name}</code></summary><div>${codeOf(schema)}</div></details>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>The API of Lodge</title><style>${style}</style></head>
<body><h1>The API of Lodge</h1>
<p>Version ${escape(info.version)}; as a document: <a href="/1.0/openapi.json">/1.0/openapi.json</a> (OpenAPI 3.1).</p>
<p>Every answer is an envelope: the result is its <code>metadata</code>. Slow work goes on as an operation.</p>
<nav>${links.join("")}</nav>
${sections.join("\n")}
<h2 id="objects">objects</h2>${objects.join("")}
</body></html>
`;
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const query = (operation.parameters ?? []).filter((each) => each.in === "query");
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const blocks = [
    `<p>${escape(operation.description ?? "")}</p>`,
    ...(query.length > 0 ? [`<h3>Query</h3><pre>${query.map(parameterText).join("\n")}</pre>`] : []),
    ...(body ? [`<h3>Body</h3>${codeOf(body)}`] : []),
    ...Object.entries(operation.responses ?? {})
      .filter(([status]) => status !== "default")
      .map(([status, part]) => `<h3>${status}</h3>${answerHtml(part)}`),
  ];
  return `<details><summary><b class="${method}">${method.toUpperCase()}</b><code>${escape(path)}</code><span>${escape(operation.summary ?? "")}</span></summary><div>${blocks.join("")}</div></details>`;
}

const parameterText = ({ name, schema }: { name: string; schema?: Schema }) =>
  `${escape(name)}: ${schema ? text(schema, 0) : "string"}`;

/** Of an envelope what it is about. */
function answerHtml({ description, content }: Part): string {
  const [type = "", { schema } = {} as { readonly schema?: Schema }] = Object.entries(content ?? {})[0] ?? [];
  if (type !== "application/json" || !schema) {
    return `<p>${escape([description, type].filter(Boolean).join(" · "))}</p>`;
  }
  const metadata = schema.properties?.["metadata"];
  return metadata && schema.properties?.["type"]?.const === "sync" ? codeOf(metadata) : codeOf(schema);
}

const codeOf = (schema: Schema) => `<pre>${text(schema, 0)}</pre>`;

/** A schema in the form of a type. */
function text(schema: Schema, depth: number): string {
  const indent = "  ".repeat(depth);
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return `<a href="#object-${escape(name)}">${escape(name)}</a>`;
  }
  if (schema.const !== undefined) return escape(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => escape(JSON.stringify(value))).join(" | ");
  if (schema.anyOf) return schema.anyOf.map((each) => text(each, depth)).join(" | ");
  if (schema.items) return `[${text(schema.items, depth)}]`;
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length > 0) {
    const lines = properties.map(([name, each]) => {
      const mark = schema.required?.includes(name) ? "" : "?";
      return `${indent}  ${escape(name)}${mark}: ${text(each, depth + 1)}`;
    });
    return `{\n${lines.join("\n")}\n${indent}}`;
  }
  if (typeof schema.additionalProperties === "object") return `{ *: ${text(schema.additionalProperties, depth)} }`;
  return escape([schema.type ?? "any"].flat().join(" | "));
}

function escape(words: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return words.replaceAll(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}
