import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { LodgeError } from "@lodge/api";
import { type Caller, hasEverything } from "@lodge/core";
import { receiveImage } from "../../system/images/receive-image.ts";
import type { Api, RouteContext } from "../api.ts";
import { accepted } from "../envelope.ts";
import { parseImageHeaders } from "../images/image-headers.ts";
import { readImageRequest } from "../images/image-request.ts";
import { streamBodies } from "../json-body.ts";

/** `POST /1.0/images`: the files themselves, as one body or in parts; or, in JSON, the instance that it is to be made of. */
export async function imageUploadRoutes(app: Api, { services }: RouteContext): Promise<void> {
  streamBodies(app);

  app.post("/", async (request, reply) => {
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    if (request.headers["content-type"]?.toLowerCase().startsWith("application/json")) {
      const asked = await readImageRequest(body);
      if (asked.kind === "publish")
        return accepted(reply, await services.instances.publish(request.project, asked.request));
      requireEverything(request.caller);
      return accepted(reply, await services.remoteImages.pull(asked.request));
    }
    const said = parseImageHeaders(request.headers);
    const staging = await services.images.stage();
    try {
      const { fingerprint, ...rest } = said;
      const hash = fingerprint === undefined ? undefined : createHash("sha256");
      const files = await receiveImage(request.headers, body, staging.directory, hash);
      refuseDamaged(hash?.digest("hex"), fingerprint);
      return accepted(reply, await services.images.import({ staging, ...files, ...rest }));
    } catch (error) {
      await staging.dispose();
      throw error;
    }
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
