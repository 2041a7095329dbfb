import { readFile } from "node:fs/promises";
import { hostname, release as kernelRelease, version as kernelVersion, machine } from "node:os";
import { type Config, type Server, serverPutSchema } from "@lodge/api";
import { hasEverything, isStranger } from "@lodge/core";
import { parseOsRelease } from "../../system/host/parse.ts";
import type { Api, RouteContext } from "../api.ts";
import { done, sync } from "../envelope.ts";
import { etag, requireMatch } from "../etag.ts";
import { apiExtensions } from "../extensions.ts";

/** `/` and `/1.0`: what this server is. Asked before every command of a client, so it costs nothing. */
export async function serverRoutes(app: Api, { services, version, https, metricsHttps }: RouteContext): Promise<void> {
  const system = environment(version, await readFile("/etc/os-release", "utf8").catch(() => ""));
  app.get("/", async ({ headers }, reply) =>
    // Of all clients, browsers alone ask for pages.
    headers.accept?.includes("text/html") ? reply.redirect("/ui/") : sync(["/1.0"]),
  );

  app.get("/1.0", async (request, reply) => {
    const { caller } = request;
    const config = await services.config.get();
    reply.header("etag", etag(config));
    if (isStranger(caller)) return sync(publicServer());
    const drivers = new Set((await services.pools.list()).map(({ driver }) => driver));
    return sync({
      ...publicServer(),
      auth: "trusted",
      auth_user_name: caller.kind === "local" ? "" : caller.fingerprint,
      auth_user_method: caller.kind === "local" ? "unix" : "tls",
      config: hasEverything(caller) ? config : {},
      environment: {
        ...system,
        ...(await reachedBy(https)),
        project: request.project,
        storage: [...drivers].join(" | "),
        storage_supported_drivers: services.pools.drivers.map((name) => ({ Name: name, Version: "1", Remote: false })),
      },
    } satisfies Server);
  });

  for (const [method, join] of [
    ["PUT", (_: Config, given: Config): Config => given],
    ["PATCH", (current: Config, given: Config): Config => ({ ...current, ...given })],
  ] as const) {
    app.route({
      method,
      url: "/1.0",
      schema: { body: serverPutSchema },
      handler: async (request) => {
        let before: Config = {};
        await services.config.update(
          (current) => {
            before = current;
            requireMatch(request, etag(current), "The server's configuration");
            return join(current, request.body.config ?? {});
          },
          async (config) => {
            await https?.apply(config);
            await metricsHttps?.apply(config).catch(async (error: unknown) => {
              await https?.apply(before);
              throw error;
            });
          },
        );
        services.events.lifecycle("config-updated", "/1.0");
        return done();
      },
    });
  }

  // Clients look at these on a single host as well.
  app.get("/1.0/cluster", async () => sync({ server_name: "", enabled: false, member_config: [] }));
  app.get("/1.0/metadata/configuration", async () => done());
}

/** What anybody may know. */
function publicServer(): Omit<Server, "config" | "environment"> {
  return {
    api_extensions: [...apiExtensions],
    api_status: "stable",
    api_version: "1.0",
    auth: "untrusted",
    auth_methods: ["tls"],
    public: false,
  };
}

/** Where clients find the server, and how they know it. */
async function reachedBy(https: RouteContext["https"]): Promise<Record<string, unknown>> {
  const addresses = https?.addresses ?? [];
  if (!https || addresses.length === 0) return { addresses, certificate: "", certificate_fingerprint: "" };
  const { certificate, fingerprint } = await https.certificate();
  return { addresses, certificate, certificate_fingerprint: fingerprint };
}

function environment(version: string, release: string): Record<string, unknown> {
  const os = parseOsRelease(release);
  return {
    architectures: [machine()],
    driver: "crun | qemu",
    driver_version: "",
    firewall: "nftables",
    kernel: "Linux",
    kernel_architecture: machine(),
    kernel_features: {},
    kernel_version: kernelRelease(),
    kernel_build: kernelVersion(),
    lxc_features: {},
    os_name: os.name,
    os_version: os.version,
    server: "lodge",
    server_clustered: false,
    server_name: hostname(),
    server_pid: process.pid,
    server_version: version,
    storage_version: "1",
  };
}
