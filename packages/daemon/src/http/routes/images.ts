import { type Image, imageBuildSchema, LodgeError } from "@lodge/api";
import { z } from "zod";
import type { Api, RouteContext } from "../api.ts";
import { accepted, done, sync } from "../envelope.ts";
import { notSupported } from "../errors.ts";
import { imageEtag, requireMatch } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { exportImage } from "../images/send-image.ts";
import { listQuerySchema, url } from "../query.ts";

/** A fingerprint or the beginning of one; clients try here what may be an alias. */
const paramsSchema = z.object({ fingerprint: z.string().min(1) });

/** Of what LXD lets clients change, the part that means something here. */
const changeSchema = z.object({
  public: z.boolean().optional(),
  properties: z.record(z.string(), z.string()).nullish(),
});

export async function imageRoutes(app: Api, { services }: RouteContext): Promise<void> {
  const { images } = services;
  const schema = { params: paramsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const accepts = parseFilter(request.query.filter);
    const list = (await images.list()).filter(accepts);
    return sync(request.query.recursion === 0 ? list.map((i) => url("images", i.fingerprint)) : list);
  });

  app.post("/build", { schema: { body: imageBuildSchema } }, async (request, reply) =>
    accepted(reply, await images.build(request.body)),
  );

  app.get("/definitions", async () => sync(await images.definitions()));

  app.get("/:fingerprint", { schema }, async (request, reply) => {
    const image = await find(request.params.fingerprint);
    reply.header("etag", imageEtag(image));
    return sync(image);
  });

  app.put("/:fingerprint", { schema: { ...schema, body: changeSchema } }, async (request) => {
    const image = await find(request.params.fingerprint);
    requireMatch(request, imageEtag(image), `Image ${image.fingerprint}`);
    const { public: shared = false, properties } = request.body;
    await images.update(image.fingerprint, { public: shared, properties: properties ?? {} });
    return done();
  });

  app.patch("/:fingerprint", { schema: { ...schema, body: changeSchema } }, async (request) => {
    const image = await find(request.params.fingerprint);
    requireMatch(request, imageEtag(image), `Image ${image.fingerprint}`);
    await images.update(image.fingerprint, patched(image, request.body));
    return done();
  });

  app.delete("/:fingerprint", { schema }, async (request, reply) => {
    const { fingerprint } = await find(request.params.fingerprint);
    return accepted(reply, await images.delete(fingerprint));
  });

  app.get("/:fingerprint/export", { schema }, async (request, reply) => {
    const { fingerprint } = await find(request.params.fingerprint);
    const { headers, body } = await exportImage({ fingerprint, ...(await images.files(fingerprint)) });
    return reply.headers(headers).send(body);
  });

  async function find(fingerprint: string): Promise<Image> {
    if (/^[0-9a-f]{1,64}$/.test(fingerprint)) return images.get(fingerprint);
    throw new LodgeError({
      code: "image_not_found",
      message: `There is no image ${JSON.stringify(fingerprint)}; \`lodge image list\` shows those that exist.`,
    });
  }

  app.post("/:fingerprint/secret", { schema }, async () => notSupported("Copying an image to another server"));
  app.post("/:fingerprint/refresh", { schema }, async () => notSupported("Refreshing an image"));
}

function patched(
  image: Image,
  change: z.infer<typeof changeSchema>,
): { public: boolean; properties: Readonly<Record<string, string>> } {
  return {
    public: change.public ?? image.public,
    properties: { ...image.properties, ...change.properties },
  };
}
