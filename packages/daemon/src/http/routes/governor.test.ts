import { type Caller, silentLog } from "@lodge/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createHttpServer, type HttpServer } from "../server.ts";
import { fakeServices } from "../testing/fake-services.ts";

let server: HttpServer;
let caller: Caller;
beforeEach(async () => {
  caller = { kind: "local" };
  const services = fakeServices();
  const projects = { ...services.projects, config: async () => ({}) };
  server = await createHttpServer({
    ...{ services: { ...services, projects }, log: silentLog, version: "", recordings: "/nonexistent" },
    identify: () => caller,
  });
});
afterEach(() => server.close());

async function ask(path: string) {
  const answer = await server.app.inject({ method: "GET", url: `/1.0${path}` });
  return { status: answer.statusCode, metadata: answer.json().metadata };
}

const instancesOf = async (query: string) =>
  (await ask(`/governor/log${query}`)).metadata.map(({ instance }: { instance: string }) => instance || "host");

it.each([
  ["", ["host", "of-default"]],
  ["?all-projects=true", ["host", "of-default", "of-other"]],
  ["?project=other", ["host", "of-other"]],
  ["?instance=of-default", ["of-default"]],
  ["?since=2030-01-01T00:00:01Z", ["of-default"]],
  ["?all-projects=1&limit=1", ["of-other"]],
])("the log asked with %j is about %j", async (query, expected) => {
  expect(await instancesOf(query)).toEqual(expected);
});

it.each(["?limit=0", "?limit=many", "?since=yesterday"])("the log asked with %j is refused", async (query) => {
  expect((await ask(`/governor/log${query}`)).status).toBe(400);
});

it("the division of memory is shown whole, of a project, and with the host", async () => {
  const { metadata } = await ask("/governor");
  expect(metadata).toMatchObject({ mode: "on", state: "high", memory: { budget: 8e9 } });
  expect(metadata.instances.map(({ name }: { name: string }) => name)).toEqual(["of-default", "of-other"]);
  expect((await ask("/governor?project=other")).metadata.instances).toMatchObject([{ name: "of-other" }]);
  const host = (await ask("/lodge/host")).metadata;
  expect(host.governor).toMatchObject({ mode: "on" });
  expect(host.governor.instances).toBeUndefined();
});

it("whoever is restricted to a project sees of that alone", async () => {
  caller = { kind: "restricted", fingerprint: "ab", name: "ci", role: "viewer", projects: ["other"] };
  expect(await instancesOf("?all-projects=true")).toEqual(["of-other"]);
  expect(await instancesOf("?project=other")).toEqual(["of-other"]);
  expect((await ask("/governor/log")).status).toBe(403);
  expect((await ask("/governor")).metadata.instances).toMatchObject([{ name: "of-other" }]);
});
