import type { Instance } from "@lodge/api";
import { LodgeError } from "@lodge/sdk/browser";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";

export interface Editable {
  readonly value: Instance;
  readonly etag: string;
}

/** The editable part, with the tag by which the daemon knows whether somebody else was faster. */
export function useEditable(name: string, changed: unknown) {
  const { client, project } = useServer();
  const cache = useQueryClient();
  const queryKey = ["editable", project, name];
  const query = useQuery<Editable>({ queryKey, queryFn: () => client.instances.getTagged(name), staleTime: 0 });
  // The instance that the event stream keeps fresh has become another one.
  const said = JSON.stringify(changed);
  useEffect(() => {
    void cache.invalidateQueries({ queryKey: ["editable"] });
  }, [cache, said]);
  return query;
}

/** Saved; refused because somebody else was faster; or refused. */
export type Saved = "saved" | "conflict" | Error;

export function useSave(name: string): (put: Partial<Instance>, etag: string | undefined) => Promise<Saved> {
  const { client } = useServer();
  const { run } = useActions();
  const cache = useQueryClient();
  return async ({ description, config, devices, profiles, ephemeral, architecture }, etag) => {
    const put = { description, config, devices, profiles, ephemeral, architecture };
    try {
      const operation = await client.instances.update(name, put, etag);
      const done = await run(`Change ${name}`, () => Promise.resolve(operation));
      await cache.invalidateQueries({ queryKey: ["editable"] });
      return done ? "saved" : new Error("It was undone: see the message.");
    } catch (error) {
      if (error instanceof LodgeError && error.code === "etag_mismatch") return "conflict";
      return error instanceof Error ? error : new Error(String(error));
    }
  };
}
