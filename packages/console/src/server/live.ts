import type { Event, InstanceFull, Operation } from "@lodge/api";
import { isFinal, LodgeError, lifecycleOf, operationOf } from "@lodge/sdk/browser";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { keys } from "./queries.ts";
import { type Server, useServer } from "./server.tsx";
import { staleAfter } from "./stale.ts";

export type Liveness = "live" | "lost";

/** Milliseconds between attempts to reach a daemon that went away. */
const retryAfter = 1000;
/** What changes without an event, or not at all while the daemon runs. */
const unheard = new Set<unknown>(["history", "usage", "host", "server", "user"]);
/** Operations that have ended and are still shown. */
const mostEnded = 50;
/** Milliseconds in which what becomes stale is gathered: many things may happen at once. */
const gathering = 200;

/** Follows the daemon's events for as long as the page is open, and has the cache follow them. */
export function useLive(): Liveness {
  const server = useServer();
  const cache = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>("live");
  useEffect(() => {
    const end = new AbortController();
    void follow(server, cache, setLiveness, end.signal);
    return () => end.abort();
  }, [server, cache]);
  return liveness;
}

async function follow(server: Server, cache: QueryClient, say: (now: Liveness) => void, signal: AbortSignal) {
  const stale = new Stale(cache);
  let first = true;
  while (!signal.aborted) {
    try {
      const events = await server.client.events.open({ types: ["lifecycle", "operation"], allProjects: true, signal });
      say("live");
      // What happened meanwhile was not heard. What no event is about was asked for a moment ago, the first time.
      void cache.invalidateQueries(first ? { predicate: ({ queryKey: [noun] }) => !unheard.has(noun) } : {});
      first = false;
      for await (const event of events) heed(event, server, cache, stale);
    } catch {
      if (signal.aborted) return;
      say("lost");
      await endedSession(server, cache);
    }
    await new Promise((resolve) => setTimeout(resolve, retryAfter));
  }
}

/** A websocket that is refused does not say why: perhaps nobody is signed in any more. */
async function endedSession({ client }: Server, cache: QueryClient): Promise<void> {
  const user = await client.console.user().catch(() => undefined);
  if (user) cache.setQueryData(["user"], user);
}

function heed(event: Event, server: Server, cache: QueryClient, stale: Stale): void {
  for (const noun of staleAfter(event)) stale.add(noun);
  // What happens in other projects is seen in what is everybody's.
  if (event.project !== server.project) return;
  const operation = operationOf(event);
  if (operation) putOperation(operation, server, cache);
  const lifecycle = lifecycleOf(event);
  if (!lifecycle) return;
  remember(event, server, cache);
  const [, , noun, name] = new URL(lifecycle.source, "http://lodge").pathname.split("/");
  if (noun === "instances" && name) void readInstance(decodeURIComponent(name), server, cache);
}

/** Asks anew for what events made stale: once for many of them. */
class Stale {
  readonly #cache: QueryClient;
  readonly #nouns = new Set<unknown>();

  constructor(cache: QueryClient) {
    this.#cache = cache;
  }

  add(noun: string): void {
    if (this.#nouns.size === 0) setTimeout(() => this.#ask(), gathering);
    this.#nouns.add(noun);
  }

  #ask(): void {
    const nouns = new Set(this.#nouns);
    this.#nouns.clear();
    void this.#cache.invalidateQueries({ predicate: ({ queryKey: [noun] }) => nouns.has(noun) });
  }
}

/** The newest events, for those who look at one object's. */
function remember(event: Event, server: Server, cache: QueryClient): void {
  cache.setQueryData<readonly Event[]>(keys.events(server), (before = []) => [event, ...before].slice(0, 200));
}

export function putOperation(operation: Operation, server: Server, cache: QueryClient): void {
  cache.setQueryData<Operation[]>(keys.operations(server), (before) => {
    if (!before) return before;
    const others = before.filter(({ id }) => id !== operation.id);
    const ended = others.filter(isFinal);
    const tooMany = new Set(ended.slice(0, Math.max(0, ended.length - mostEnded)).map(({ id }) => id));
    return [...others.filter(({ id }) => !tooMany.has(id)), operation];
  });
}

/** One of a thousand has changed: the others are not asked for again. */
async function readInstance(name: string, server: Server, cache: QueryClient): Promise<void> {
  const put = (change: (list: InstanceFull[]) => InstanceFull[]) =>
    cache.setQueryData<InstanceFull[]>(keys.instances(server), (list) => list && change(list));
  try {
    const instance = await server.client.instances.getFull(name);
    cache.setQueryData(keys.instance(server, name), instance);
    put((list) =>
      [...list.filter((each) => each.name !== name), instance].toSorted((a, b) => a.name.localeCompare(b.name)),
    );
  } catch (error) {
    if (!(error instanceof LodgeError) || error.code !== "instance_not_found") return;
    put((list) => list.filter((each) => each.name !== name));
    void cache.invalidateQueries({ queryKey: keys.instance(server, name) });
  }
}
