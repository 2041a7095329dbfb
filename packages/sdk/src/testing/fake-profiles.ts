import { createHash } from "node:crypto";
import type { Profile, ProfileCreate, ProfilePut } from "@lodge/api";
import { errorReply, type FakeReply, type FakeServer, syncReply } from "./fake-server.ts";

const all = /^\/1\.0\/profiles$/;
const one = /^\/1\.0\/profiles\/([^/]+)$/;

/** Profiles of a FakeServer, by name. */
export class FakeProfiles {
  readonly byName = new Map<string, Profile>([
    [
      "default",
      {
        name: "default",
        description: "",
        config: {},
        devices: { root: { type: "disk", path: "/", pool: "default" }, eth0: { type: "nic", network: "lodgebr0" } },
        used_by: [],
        project: "default",
      },
    ],
  ]);

  constructor(server: FakeServer) {
    server.on("GET", all, () => syncReply([...this.byName.values()]));
    server.on("POST", all, ({ body }) => {
      const { name, ...content } = JSON.parse(String(body)) as ProfileCreate;
      if (this.byName.has(name)) return errorReply(409, "profile_exists", `There is a profile ${name} already.`);
      this.byName.set(name, filled(name, content));
      return syncReply({});
    });
    server.on("GET", one, ({ params }) => this.#with(params, (profile) => syncReply(profile, { etag: etag(profile) })));
    server.on("PUT", one, ({ params, headers, body }) =>
      this.#with(params, (profile) => {
        if (headers["if-match"] !== etag(profile))
          return errorReply(412, "etag_mismatch", `${profile.name} has changed.`);
        this.byName.set(profile.name, filled(profile.name, JSON.parse(String(body)) as ProfilePut));
        return syncReply({});
      }),
    );
    server.on("POST", one, ({ params, body }) =>
      this.#with(params, (profile) => {
        const { name } = JSON.parse(String(body)) as { name: string };
        this.byName.delete(profile.name);
        this.byName.set(name, { ...profile, name });
        return syncReply({});
      }),
    );
    server.on("DELETE", one, ({ params }) =>
      this.#with(params, ({ name }) => {
        this.byName.delete(name);
        return syncReply({});
      }),
    );
  }

  #with([name = ""]: readonly string[], answer: (profile: Profile) => FakeReply): FakeReply {
    const profile = this.byName.get(name);
    return profile ? answer(profile) : errorReply(404, "profile_not_found", `There is no profile ${name}.`);
  }
}

const filled = (name: string, { description, config, devices }: ProfilePut): Profile => ({
  name,
  description: description ?? "",
  config: config ?? {},
  devices: devices ?? {},
  used_by: [],
  project: "default",
});

const etag = ({ config, description, devices }: Profile): string =>
  `"${createHash("sha256")
    .update(JSON.stringify([config, description, devices]))
    .digest("hex")}"`;
