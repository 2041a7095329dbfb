import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound } from "./pages/not-found.tsx";
import { Root } from "./root.tsx";
import { fetched } from "./server/fetched.ts";
import { Shell } from "./shell.tsx";

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });
const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(
    fetched(() => import("./pages/sign-in.tsx")),
    "SignIn",
  ),
});
const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });
const overview = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(
    fetched(() => import("./pages/overview.tsx")),
    "Overview",
  ),
});
const instances = createRoute({
  getParentRoute: () => shell,
  path: "/instances",
  component: lazyRouteComponent(
    fetched(() => import("./pages/instances.tsx")),
    "Instances",
  ),
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
  component: lazyRouteComponent(
    fetched(() => import("./pages/instance.tsx")),
    "InstancePage",
  ),
});
const create = createRoute({
  getParentRoute: () => shell,
  path: "/create",
  component: lazyRouteComponent(
    fetched(() => import("./create/create-page.tsx")),
    "CreatePage",
  ),
  validateSearch: (search): { readonly image?: string } => ({
    ...(typeof search["image"] === "string" && { image: search["image"] }),
  }),
});
const images = createRoute({
  getParentRoute: () => shell,
  path: "/images",
  component: lazyRouteComponent(
    fetched(() => import("./pages/images.tsx")),
    "Images",
  ),
});
const networks = createRoute({
  getParentRoute: () => shell,
  path: "/networks",
  component: lazyRouteComponent(
    fetched(() => import("./pages/networks.tsx")),
    "Networks",
  ),
});
const network = createRoute({
  getParentRoute: () => shell,
  path: "/networks/$name",
  component: lazyRouteComponent(
    fetched(() => import("./networks/network-page.tsx")),
    "NetworkPage",
  ),
});
const pool = createRoute({
  getParentRoute: () => shell,
  path: "/storage/$pool",
  component: lazyRouteComponent(
    fetched(() => import("./storage/pool-page.tsx")),
    "PoolPage",
  ),
});
const projects = createRoute({
  getParentRoute: () => shell,
  path: "/projects",
  component: lazyRouteComponent(
    fetched(() => import("./pages/projects.tsx")),
    "Projects",
  ),
});
const templates = createRoute({
  getParentRoute: () => shell,
  path: "/templates",
  component: lazyRouteComponent(
    fetched(() => import("./pages/templates.tsx")),
    "Templates",
  ),
});
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings/{-$tab}",
  component: lazyRouteComponent(
    fetched(() => import("./settings/settings-page.tsx")),
    "SettingsPage",
  ),
});
const storage = createRoute({
  getParentRoute: () => shell,
  path: "/storage",
  component: lazyRouteComponent(
    fetched(() => import("./pages/storage.tsx")),
    "Storage",
  ),
});
const profiles = createRoute({
  getParentRoute: () => shell,
  path: "/profiles",
  component: lazyRouteComponent(
    fetched(() => import("./pages/profiles.tsx")),
    "Profiles",
  ),
});
const operations = createRoute({
  getParentRoute: () => shell,
  path: "/operations",
  component: lazyRouteComponent(
    fetched(() => import("./pages/operations.tsx")),
    "Operations",
  ),
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
