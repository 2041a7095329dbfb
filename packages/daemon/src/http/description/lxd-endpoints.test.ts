import { describe, expect, it } from "vitest";
import { routeRights } from "../access/route-rights.ts";
import { lxdEndpoints, otherRoutes } from "./lxd-endpoints.ts";

/** How parameters are called does not matter. */
const shape = (path: string) => path.replaceAll(/:\w+|\{\w+\}/g, "{}");
const routes = new Map(
  Object.entries(routeRights).map(([path, rights]) => [shape(path), { path, methods: Object.keys(rights) }]),
);
const present = lxdEndpoints.filter(({ missing }) => missing === undefined);

describe("what is compared with LXD", () => {
  it.each(present)("$methods $path is there", ({ path, methods, route = path }) => {
    expect(routes.get(shape(route))?.methods ?? []).toEqual(expect.arrayContaining(methods.split(" ")));
  });

  it.each(lxdEndpoints.filter(({ missing }) => missing !== undefined))("$methods $path is not", (endpoint) => {
    const { path, methods } = endpoint;
    const had = routes.get(shape(path))?.methods ?? [];
    expect(methods.split(" ").filter((method) => had.includes(method))).toEqual([]);
  });

  it.each(Object.entries(routeRights))("%s is named, by all of its methods", (path, rights) => {
    const named = present
      .filter((endpoint) => shape(endpoint.route ?? endpoint.path) === shape(path))
      .flatMap(({ methods }) => methods.split(" "));
    const read = present.some(({ reads }) => reads !== undefined && shape(reads) === shape(path));
    const others = Object.keys(otherRoutes).some((other) => shape(other) === shape(path));
    expect((others ? Object.keys(rights) : read ? ["GET"] : named).toSorted()).toEqual(Object.keys(rights).toSorted());
  });
});
