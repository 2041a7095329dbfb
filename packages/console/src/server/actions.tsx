import { type RunningOperation } from "@lodge/sdk/browser";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { putOperation } from "./live.ts";
import { useServer } from "./server.tsx";

/** Something that the user asked for, and what became of it. */
export interface Action {
  readonly id: number;
  /** What is done: "Stop web". */
  readonly title: string;
  readonly state: "running" | "done" | "failed";
  /** Of one that failed: the server's words. */
  readonly problem?: string;
  readonly operation?: string;
  /** How far it is, of what is no operation. */
  readonly progress?: string;
  /** What it makes: one goes there next. */
  readonly makes?: Made;
}

/** Names of what an action makes. */
export interface Made {
  readonly instances: readonly string[];
}

/** `tell`: says in words how far it is. */
type Work = (tell: (progress: string) => void) => Promise<RunningOperation | void>;

export interface Actions {
  readonly all: readonly Action[];
  /** Does it and shows how it goes. Resolves with whether it was done. */
  run(title: string, work: Work, makes?: Made): Promise<boolean>;
  dismiss(id: number): void;
}

const ActionsContext = createContext<Actions | undefined>(undefined);

/** What follows the events, each thing by itself: all of a thousand are not asked for again. */
const told: ReadonlySet<unknown> = new Set(["instances", "operations"]);

/** Milliseconds that a success is shown; a failure stays until it was read. */
const shown = 6000;
let lastId = 0;

export function ActionsProvider({ children }: { readonly children: ReactNode }) {
  const server = useServer();
  const cache = useQueryClient();
  const [all, setAll] = useState<readonly Action[]>([]);
  const dismiss = useCallback((id: number) => setAll((before) => before.filter((each) => each.id !== id)), []);
  const run = useCallback(
    async (title: string, work: Work, makes?: Made) => {
      const id = ++lastId;
      const put = (action: Omit<Action, "id" | "title" | "makes">) =>
        setAll((before) => [
          ...before.filter((each) => each.id !== id),
          { id, title, ...(makes && { makes }), ...action },
        ]);
      put({ state: "running" });
      try {
        const operation = await work((progress) => put({ state: "running", progress }));
        if (operation) {
          put({ state: "running", operation: operation.id });
          putOperation(operation.started, server, cache);
          await operation.wait();
        }
        put({ state: "done" });
        // Of other projects, and of the server itself, not everything is told by events.
        void cache.invalidateQueries({ predicate: ({ queryKey: [noun] }) => !told.has(noun) });
        setTimeout(() => dismiss(id), shown);
        return true;
      } catch (error) {
        put({ state: "failed", problem: messageOf(error) });
        return false;
      }
    },
    [server, cache, dismiss],
  );
  const actions = useMemo(() => ({ all, run, dismiss }), [all, run, dismiss]);
  return <ActionsContext value={actions}>{children}</ActionsContext>;
}

export function useActions(): Actions {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error("There is no ActionsProvider.");
  return actions;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
