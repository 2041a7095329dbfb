import { Readable } from "node:stream";
import {
  type InstanceMetadata,
  type InstanceMetadataPut,
  instanceMetadataPutSchema,
  LodgeError,
  templateNameSchema,
} from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { streamBodies } from "../json-body.ts";
import { instanceParamsSchema } from "../query.ts";

/** Bytes of a template. */
const longestTemplate = 65_536;

/** `…/NAME/metadata`: what an instance has of its image's metadata. */
export async function instanceMetadataRoutes(
  app: Api,
  { services: { instanceMetadata } }: RouteContext,
): Promise<void> {
  const schema = { params: instanceParamsSchema };

  app.get("/:name/metadata", { schema }, async ({ project, params }, reply) => {
    const metadata = await instanceMetadata.get(project, params.name);
    reply.header("etag", etag(metadata));
    return sync(metadata);
  });

  for (const [method, join] of [
    ["PUT", (_: InstanceMetadata, put: InstanceMetadataPut): InstanceMetadataPut => put],
    ["PATCH", patched],
  ] as const) {
    app.route({
      ...{ method, url: "/:name/metadata", schema: { ...schema, body: instanceMetadataPutSchema } },
      handler: async (request) => {
        const { name } = request.params;
        await instanceMetadata.update(request.project, name, (current) => {
          requireMatch(request, etag(current), `The metadata of instance ${name}`);
          return join(current, request.body);
        });
        return done();
      },
    });
  }
}

function patched(current: InstanceMetadata, put: InstanceMetadataPut): InstanceMetadataPut {
  return {
    architecture: put.architecture ?? current.architecture,
    creation_date: put.creation_date ?? current.creation_date,
    expiry_date: put.expiry_date ?? current.expiry_date,
    properties: { ...current.properties, ...put.properties },
    templates: { ...current.templates, ...put.templates },
  };
}

const pathQuerySchema = z.object({ path: templateNameSchema });
const listQuerySchema = z.object({ path: z.union([z.literal(""), templateNameSchema]).optional() });

/** `…/NAME/metadata/templates?path=`: the names of an instance's templates, and one of them. */
export async function instanceTemplateRoutes(
  app: Api,
  { services: { instanceMetadata } }: RouteContext,
): Promise<void> {
  streamBodies(app);
  const params = instanceParamsSchema;
  const url = "/:name/metadata/templates";

  app.get(url, { schema: { params, querystring: listQuerySchema } }, async ({ project, params, query }, reply) => {
    if (!query.path) return sync(await instanceMetadata.templates(project, params.name));
    const text = await instanceMetadata.template(project, params.name, query.path);
    return reply.type("application/octet-stream").send(Buffer.from(text));
  });

  app.post(url, { schema: { params, querystring: pathQuerySchema } }, async ({ project, params, query, body }) => {
    const text = body instanceof Readable ? await readText(body) : "";
    await instanceMetadata.putTemplate(project, params.name, query.path, text);
    return done();
  });

  app.delete(url, { schema: { params, querystring: pathQuerySchema } }, async ({ project, params, query }) => {
    await instanceMetadata.deleteTemplate(project, params.name, query.path);
    return done();
  });
}

async function readText(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= longestTemplate) pieces.push(piece);
  }
  if (size <= longestTemplate) return Buffer.concat(pieces).toString("utf8");
  const message = `The template is longer than ${longestTemplate} bytes.`;
  throw new LodgeError({ code: "template_file_invalid", message });
}
