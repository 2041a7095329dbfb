import { type Image, imageBuildSchema, imagePushSchema, imagePutSchema, LodgeError, zeroTime } from "@lodge/api";
import { maySee, type OfferedImage } from "@lodge/core";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { exportImage } from "../../system/images/send-image.ts";
import type { Api, RouteContext } from "../api.ts";
import { accepted, done, sync } from "../envelope.ts";
import { imageEtag, requireMatch } from "../etag.ts";
import { parseFilter } from "../filter.ts";
import { patchedImage, replacedImage } from "../images/image-change.ts";
import { asksForAll, atHome, listedHomes, listQuerySchema, url } from "../query.ts";

/** A fingerprint or the beginning of one; clients try here what may be an alias. */
const paramsSchema = z.object({ fingerprint: z.string().min(1) });

/** What opens an image to those who are not trusted: `POST …/secret` told it to somebody who is. */
const secretSchema = z.object({ secret: z.string().optional() });

/** `GET /1.0/images/remote` (extension `lodge_image_servers`): what another server offers, as this daemon sees it. */
const remoteQuerySchema = z.object({
  server: z.string().min(1),
  protocol: z.string().default("simplestreams"),
  certificate: z
    .string()
    .max(1 << 16)
    .optional(),
});

export async function imageRoutes(app: Api, { services }: RouteContext): Promise<void> {
  atHome(app, services.projects, "features.images");
  const imagesOf = ({ project }: Pick<FastifyRequest, "project">) => services.images.of(project);
  const schema = { params: paramsSchema };

  app.get("/", { schema: { querystring: listQuerySchema } }, async (request) => {
    const accepts = parseFilter(request.query.filter);
    const projects = await listedHomes(request, services.projects, "features.images");
    const lists = await Promise.all(
      projects.map(async (project) => {
        const all = await (await services.images.of(project)).list();
        const shown = all.filter((image) => (asksForAll(request) || isShown(request, image)) && accepts(image));
        return shown.map((image) => ({ ...image, project }));
      }),
    );
    const urlOf = (image: Image & { readonly project: string }) => url("images", image.fingerprint, image.project);
    return sync(request.query.recursion === 0 ? lists.flat().map(urlOf) : lists.flat());
  });

  app.post("/build", { schema: { body: imageBuildSchema } }, async (request, reply) =>
    accepted(reply, await (await imagesOf(request)).build(request.body)),
  );

  app.get("/remote", { schema: { querystring: remoteQuerySchema } }, async (request, reply) => {
    const aborted = new AbortController();
    reply.raw.once("close", () => aborted.abort());
    const offered = await (await services.remoteImages.of(request.project)).list(request.query, aborted.signal);
    return sync(offered.map(renderOffered));
  });

  app.get("/definitions", async (request) => sync(await (await imagesOf(request)).definitions()));

  app.get("/:fingerprint", { schema: { ...schema, querystring: secretSchema } }, async (request, reply) => {
    const image = await find(request);
    reply.header("etag", imageEtag(image));
    return sync({ ...image, project: request.project });
  });

  for (const [method, join] of [
    ["PUT", replacedImage],
    ["PATCH", patchedImage],
  ] as const) {
    app.route({
      ...{ method, url: "/:fingerprint", schema: { ...schema, body: imagePutSchema } },
      handler: async (request) => {
        const image = await find(request);
        requireMatch(request, imageEtag(image), `Image ${image.fingerprint}`);
        const change = join(image, request.body);
        const home = await services.projects.home(request.namedProject, "features.profiles");
        for (const name of change.profiles) if (name !== "default") await services.profiles.get(home, name);
        await (await imagesOf(request)).update(image.fingerprint, change);
        return done();
      },
    });
  }

  app.delete("/:fingerprint", { schema }, async (request, reply) => {
    const { fingerprint } = await find(request);
    return accepted(reply, await (await imagesOf(request)).delete(fingerprint));
  });

  app.get("/:fingerprint/export", { schema: { ...schema, querystring: secretSchema } }, async (request, reply) => {
    const { fingerprint } = await findNamed(request);
    const { headers, body } = await exportImage({
      fingerprint,
      ...(await (await imagesOf(request)).files(fingerprint)),
    });
    return reply.headers(headers).send(body);
  });

  /** Extension `images_push_relay`. */
  app.post("/:fingerprint/export", { schema: { ...schema, body: imagePushSchema } }, async (request, reply) => {
    const { fingerprint } = await find(request);
    return accepted(reply, await services.imageSending.send(request.project, fingerprint, request.body));
  });

  /** LXD's client asks for public images by the alias that it was given. */
  async function findNamed(request: FastifyRequest): Promise<Image> {
    try {
      return await find(request);
    } catch (error) {
      const { fingerprint: name } = request.params as z.infer<typeof paramsSchema>;
      const images = await imagesOf(request);
      const alias = (await images.aliases()).find((each) => each.name === name);
      const image = alias && (await images.get(alias.target));
      if (image && isShown(request, image)) return image;
      throw error;
    }
  }

  async function find(request: FastifyRequest): Promise<Image> {
    const { params, query } = request;
    const images = await imagesOf(request);
    const { fingerprint } = params as z.infer<typeof paramsSchema>;
    const { secret } = query as z.infer<typeof secretSchema>;
    if (/^[0-9a-f]{1,64}$/.test(fingerprint)) {
      if (maySee(request.caller, request.namedProject)) return images.get(fingerprint);
      const named = (await images.list()).filter((image) => image.fingerprint.startsWith(fingerprint));
      const [image, ...others] = named.filter((each) => each.public || opens(secret, each.fingerprint));
      if (image && others.length === 0) return image;
    }
    throw new LodgeError({
      code: "image_not_found",
      message: `There is no image ${JSON.stringify(fingerprint)}; \`lodge image list\` shows those that exist.`,
    });
  }

  const opens = (secret: string | undefined, fingerprint: string) =>
    secret !== undefined && services.imageSecrets.opens(fingerprint, secret);

  app.post("/:fingerprint/secret", { schema }, async (request, reply) => {
    const { fingerprint } = await find(request);
    return accepted(reply, await services.imageSecrets.issue(fingerprint, request.project));
  });
  app.post("/:fingerprint/refresh", { schema }, async (request, reply) => {
    const { fingerprint } = await find(request);
    return accepted(reply, await (await services.remoteImages.of(request.project)).refresh(fingerprint));
  });
}

/** As an image, as far as its server says what it is. */
function renderOffered({ createdAt, aliases, ...image }: OfferedImage) {
  return {
    ...{ fingerprint: image.fingerprint, type: image.type, architecture: image.architecture, filename: image.filename },
    ...{
      properties: image.properties,
      size: image.size,
      public: true,
      profiles: [],
      cached: false,
      auto_update: false,
    },
    aliases: aliases.map((name) => ({ name, description: "" })),
    ...{ created_at: createdAt.toISOString(), uploaded_at: createdAt.toISOString() },
    ...{ expires_at: zeroTime, last_used_at: zeroTime },
  } satisfies Image;
}

/** Who may see anything of the project that the request names sees the images that it uses. */
function isShown(request: FastifyRequest, image: Pick<Image, "public">): boolean {
  return image.public || maySee(request.caller, request.namedProject);
}
