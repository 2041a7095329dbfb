import swagger from "@fastify/swagger";
import { errorEnvelopeSchema } from "@lodge/api";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { canonicalPath, rightOf } from "../access/route-rights.ts";
import type { Api } from "../api.ts";
import type { Description } from "./answer.ts";
import { components, descriptions } from "./descriptions.ts";
import { apiPage, pagePolicy } from "./page.ts";

type Transform = ReturnType<typeof createJsonSchemaTransform>;

/**
 * `GET /1.0/openapi.json`, the API's description, made from the schemas by which requests are checked and from `descriptions`, and
 * `GET /api/`, the same to read.
 */
export async function openApi(app: Api, version: string): Promise<void> {
  const schemaRegistry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(components)) schemaRegistry.add(schema, { id });
  schemaRegistry.add(errorEnvelopeSchema, { id: "Error" });
  const transform = createJsonSchemaTransform({ schemaRegistry });
  await app.register(swagger, {
    exposeHeadRoutes: true,
    openapi: { openapi: "3.1.0", info: { title: "Lodge", version } },
    transform: described(transform),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  app.get("/1.0/openapi.json", async () => app.swagger());
  let page: string | undefined;
  app.get("/api/", async (_request, reply) => {
    page ??= apiPage(app.swagger() as never);
    return reply.type("text/html; charset=utf-8").header("content-security-policy", pagePolicy).send(page);
  });
}

/** LXD's older nouns are left out: they are `instances` for one type. */
function described(transform: Transform): Transform {
  return (document) => {
    const { route, url } = document as typeof document & { readonly route: { readonly method: string | string[] } };
    if (/^\/1\.0\/(containers|virtual-machines)\b/.test(url)) return { url, schema: { hide: true } };
    const [method = ""] = [route.method].flat();
    const description = descriptionOf(method, url);
    const { status, summary, answer } = description;
    const isJson = answer instanceof z.ZodType;
    const result = transform({
      ...document,
      schema: { ...document.schema, response: { ...(isJson && { [status]: answer }), default: errorEnvelopeSchema } },
    } as Parameters<Transform>[0]);
    const response = {
      ...(result.schema as { readonly response?: object }).response,
      ...(!isJson && { [status]: raw(answer) }),
    };
    const about = { summary, tags: [tagOf(url)], description: `Asks for: ${rightOf(method, url)}.` };
    return { url: result.url, schema: { ...result.schema, ...about, response } };
  };
}

function descriptionOf(method: string, url: string): Description {
  const found = descriptions[canonicalPath(url)]?.[method as "GET"];
  if (found) return found;
  throw new Error(`${method} ${url} is described nowhere: add it to http/description/descriptions.ts`);
}

/** What is no JSON. */
function raw({ mediaType, words }: { readonly mediaType: string; readonly words: string }) {
  if (mediaType === "") return { description: words, type: "null" };
  return { description: words, content: { [mediaType]: { schema: { type: "string", format: "binary" } } } };
}

/** The noun. */
function tagOf(url: string): string {
  const [, noun = "server"] = /^\/1\.0\/([\w-]+)/.exec(url) ?? [];
  return ["lodge", "openapi", "cluster", "metadata", "resources", "metrics"].includes(noun) ? "server" : noun;
}
