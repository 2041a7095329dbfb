import swagger from "@fastify/swagger";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import type { Api } from "./api.ts";

/** `GET /1.0/openapi.json`: the API's description, made from the schemas by which requests are checked. */
export async function openApi(app: Api, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "Lodge", version } },
    transform: jsonSchemaTransform,
  });
  app.get("/1.0/openapi.json", { schema: { hide: true } }, async () => app.swagger());
}
