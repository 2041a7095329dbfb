import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { type ImageExpect, LodgeError } from "@lodge/api";
import { type Caller, type ExpectedImage, expiryOf, hasEverything, maySee } from "@lodge/core";
import { receiveImage } from "../../system/images/receive-image.ts";
import type { Api, RouteContext } from "../api.ts";
import { accepted } from "../envelope.ts";
import { parseImageHeaders } from "../images/image-headers.ts";
import { readImageRequest } from "../images/image-request.ts";
import { streamBodies } from "../json-body.ts";
import { atHome } from "../query.ts";

/** `POST /1.0/images`: the files themselves, as one body or in parts; or, in JSON, the instance that it is to be made of. */
export async function imageUploadRoutes(app: Api, { services }: RouteContext): Promise<void> {
  atHome(app, services.projects, "features.images");
  streamBodies(app);

  app.post("/", async (request, reply) => {
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    const { expected } = request;
    // Whoever sends what is expected may do nothing else by that.
    if (!expected && request.headers["content-type"]?.toLowerCase().startsWith("application/json")) {
      const asked = await readImageRequest(body);
      if (asked.kind === "publish")
        return accepted(reply, await services.instances.publish(request.namedProject, asked.request));
      if (asked.kind === "expect")
        return accepted(reply, await services.imagePushes.expect(expectedOf(request.project, asked.request)));
      if (asked.kind === "copy") {
        requireSeen(request.caller, asked.request.source.project);
        return accepted(reply, await (await services.images.of(request.project)).copy(asked.request));
      }
      requireEverything(request.caller);
      const remote = await services.remoteImages.of(request.project);
      const begun = asked.kind === "url" ? remote.pullByUrl(asked.request) : remote.pull(asked.request);
      return accepted(reply, await begun);
    }
    const said = parseImageHeaders(request.headers);
    const images = await services.images.of(expected?.project ?? request.project);
    const staging = await images.stage();
    try {
      const { fingerprint, aliases, ...rest } = said;
      const hash = fingerprint === undefined ? undefined : createHash("sha256");
      const files = await receiveImage(request.headers, body, staging.directory, hash);
      refuseDamaged(hash?.digest("hex"), fingerprint);
      if (!expected) {
        const named = aliases.map((name) => ({ name, description: "" }));
        return accepted(reply, await images.import({ staging, ...files, ...rest, aliases: named }));
      }
      const { fingerprint: _, project: __, ...wanted } = expected;
      const { filename, format, profiles } = rest;
      const upload = { staging, ...files, filename, format, ...(profiles && { profiles }), ...wanted };
      return accepted(
        reply,
        await services.imagePushes.receive((operationMetadata) => images.import({ ...upload, operationMetadata })),
      );
    } catch (error) {
      await staging.dispose();
      throw error;
    }
  });
}

function expectedOf(project: string, { source, ...said }: ImageExpect): ExpectedImage {
  return {
    ...{ fingerprint: source.fingerprint, project, public: said.public ?? false },
    ...{ properties: said.properties ?? {}, aliases: said.aliases ?? [] },
    ...(said.profiles && { profiles: said.profiles }),
    ...expiryOf(said.expires_at),
  };
}

function requireSeen(caller: Caller, project: string): void {
  if (maySee(caller, project)) return;
  throw new LodgeError({
    code: "permission_denied",
    message: `Your certificate does not allow to see the images of project ${project}.`,
  });
}

/** Whom the daemon speaks to is the host's matter. */
function requireEverything(caller: Caller): void {
  if (hasEverything(caller)) return;
  throw new LodgeError({
    code: "permission_denied",
    message: "A restricted certificate does not allow to have the server fetch images; ask whoever administers it.",
  });
}

function refuseDamaged(found: string | undefined, said: string | undefined): void {
  if (found === said) return;
  throw new LodgeError({
    code: "image_invalid",
    message: `The upload's fingerprint is ${found} and not ${said}, as the client says: it was damaged on the way. Nothing was kept.`,
  });
}
