import type { Config } from "@lodge/api";
import { type FakeServer, syncReply } from "./fake-server.ts";

/** The configuration of a FakeDaemon's server and of its project. */
export class FakeSettings {
  readonly config = new Map<string, Config>([
    ["/1.0", {}],
    ["/1.0/projects/default", { "features.images": "true" }],
  ]);

  constructor(server: FakeServer) {
    for (const [path, name] of [
      ["/1.0", ""],
      ["/1.0/projects/default", "default"],
    ] as const) {
      const one = new RegExp(`^${path.replace(".", "\\.")}$`);
      const render = () => ({ name, description: "", config: this.config.get(path) ?? {}, used_by: [] });
      server.on("GET", one, () => syncReply(render(), { etag: `"${JSON.stringify(this.config.get(path)).length}"` }));
      server.on("PUT", one, ({ body }) => {
        this.config.set(path, (JSON.parse(String(body)) as { config: Config }).config);
        return syncReply({});
      });
    }
    server.on("GET", /^\/1\.0\/projects$/, () =>
      syncReply([{ name: "default", description: "", config: {}, used_by: [] }]),
    );
  }
}
