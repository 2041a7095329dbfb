import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound } from "./pages/not-found.tsx";
import { Root } from "./root.tsx";
import { fetched } from "./server/fetched.ts";
import { Shell } from "./shell.tsx";

/** A page that is fetched when it is first gone to. */
const page = <Module extends Record<string, unknown>, Name extends keyof Module & string>(
  load: () => Promise<Module>,
  name: Name,
) => lazyRouteComponent(fetched(load), name);

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: page(() => import("./pages/sign-in.tsx"), "SignIn"),
});
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });
const overview = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: page(() => import("./pages/overview.tsx"), "Overview"),
});
const instances = createRoute({
  getParentRoute: () => shell,
  path: "/instances",
  component: page(() => import("./pages/instances.tsx"), "Instances"),
  validateSearch: (search): { readonly search?: string; readonly state?: string; readonly type?: string } => ({
    ...(typeof search["search"] === "string" && { search: search["search"] }),
    ...(typeof search["type"] === "string" && { type: search["type"] }),
    ...(typeof search["state"] === "string" && { state: search["state"] }),
  }),
});
const instance = createRoute({
  getParentRoute: () => shell,
  path: "/instances/$name/{-$tab}",
  validateSearch: (search): { readonly path?: string } => ({
    ...(typeof search["path"] === "string" && { path: search["path"] }),
  }),
  component: page(() => import("./pages/instance.tsx"), "InstancePage"),
});
const create = createRoute({
  getParentRoute: () => shell,
  path: "/create",
  component: page(() => import("./create/create-page.tsx"), "CreatePage"),
  validateSearch: (search): { readonly image?: string } => ({
    ...(typeof search["image"] === "string" && { image: search["image"] }),
  }),
});
const images = createRoute({
  getParentRoute: () => shell,
  path: "/images",
  component: page(() => import("./pages/images.tsx"), "Images"),
});
const networks = createRoute({
  getParentRoute: () => shell,
  path: "/networks",
  component: page(() => import("./pages/networks.tsx"), "Networks"),
});
const network = createRoute({
  getParentRoute: () => shell,
  path: "/networks/$name",
  component: page(() => import("./networks/network-page.tsx"), "NetworkPage"),
});
const pool = createRoute({
  getParentRoute: () => shell,
  path: "/storage/$pool",
  component: page(() => import("./storage/pool-page.tsx"), "PoolPage"),
});
const projects = createRoute({
  getParentRoute: () => shell,
  path: "/projects",
  component: page(() => import("./pages/projects.tsx"), "Projects"),
});
const templates = createRoute({
  getParentRoute: () => shell,
  path: "/templates",
  component: page(() => import("./pages/templates.tsx"), "Templates"),
});
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings/{-$tab}",
  component: page(() => import("./settings/settings-page.tsx"), "SettingsPage"),
});
const storage = createRoute({
  getParentRoute: () => shell,
  path: "/storage",
  component: page(() => import("./pages/storage.tsx"), "Storage"),
});
const profiles = createRoute({
  getParentRoute: () => shell,
  path: "/profiles",
  component: page(() => import("./pages/profiles.tsx"), "Profiles"),
});
const operations = createRoute({
  getParentRoute: () => shell,
  path: "/operations",
  component: page(() => import("./pages/operations.tsx"), "Operations"),
});

/** With the list of pages beside it: from there one finds on. */
const unknown = createRoute({ getParentRoute: () => shell, path: "$", component: NotFound });

const tree = root.addChildren([
  signIn,
  shell.addChildren([
    ...[overview, instances, create, instance, images, templates, networks, network, storage, pool, profiles],
    ...[projects, operations, settings, unknown],
  ]),
]);

export function makeRouter() {
  return createRouter({ routeTree: tree, basepath: "/ui", defaultPreload: "intent" });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
