import { silentLog } from "@lodge/core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routeRights } from "../access/route-rights.ts";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeServices } from "../testing/fake-services.ts";
import { descriptions } from "./descriptions.ts";
import type { ApiDescription } from "./page.ts";

let server: HttpServer;
let document: ApiDescription;
beforeAll(async () => {
  server = await createHttpServer({
    ...{ services: fakeServices(), log: silentLog, version: "1.2.3", recordings: "/nonexistent" },
  });
  document = (await server.app.inject({ url: "/1.0/openapi.json" })).json();
});
afterAll(() => server.close());

const written = (path: string) => (path === "/api" ? "/api/" : path.replaceAll(/:(\w+)/g, "{$1}").replace("*", "{*}"));

describe("the description of the API", () => {
  it("is valid by the schema of OpenAPI itself", async () => {
    const { valid, errors = [] } = await new Validator().validate(structuredClone(document) as never);
    expect([valid, errors]).toEqual([true, []]);
  });

  it("is OpenAPI 3.1, and refers to nothing that is not in it", () => {
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Lodge", version: "1.2.3" } });
    const text = JSON.stringify(document);
    const references = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
    );
    const known = Object.keys(document.components?.schemas ?? {});
    expect([...references].filter((name) => name === undefined || !known.includes(name))).toEqual([]);
  });

  it.each(Object.entries(routeRights))("has %s, with its methods and what they answer", (path, rights) => {
    const methods = document.paths[written(path)] ?? {};
    expect(Object.keys(methods).toSorted()).toEqual(
      Object.keys(rights)
        .map((method) => method.toLowerCase())
        .toSorted(),
    );
    for (const operation of Object.values(methods)) {
      expect(operation).toMatchObject({ summary: expect.stringMatching(/^[A-Z]/), tags: [expect.any(String)] });
      expect(Object.keys(operation.responses ?? {})).toHaveLength(2);
    }
  });

  it("describes no route that is not there", () => {
    expect(Object.keys(descriptions).filter((path) => !Object.hasOwn(routeRights, path))).toEqual([]);
  });
});

describe("the page", () => {
  it("shows all of it, by itself", async () => {
    const { headers, body } = await server.app.inject({ url: "/api/" });
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
    for (const path of Object.keys(document.paths)) expect(body).toContain(`<code>${path}</code>`);
    expect(body).not.toMatch(/<script|https?:\/\/|undefined|\[object/);
    const targets = [...body.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets.filter((target) => !body.includes(`id="${target}"`))).toEqual([]);
  });
});
