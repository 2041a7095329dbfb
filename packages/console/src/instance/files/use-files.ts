import type { FileEntry, InstanceFull } from "@lodge/api";
import { LodgeError, PageFiles } from "@lodge/sdk/browser";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { useServer } from "../../server/server.tsx";
import { followed, inDirectory, parentOf } from "./paths.ts";

export function useFiles(instance: string): PageFiles {
  const { transport, project } = useServer();
  return useMemo(
    () => new PageFiles(transport, instance, project === "default" ? undefined : project),
    [transport, instance, project],
  );
}

const keyOf = (instance: string, path?: string) => ["files", instance, ...(path === undefined ? [] : [path])];

/** What a directory holds. Looked at again and again while the instance runs: nobody tells of what happens in it. */
export function useDirectory({ name, status }: InstanceFull, path: string) {
  const files = useFiles(name);
  return useQuery<readonly FileEntry[]>({
    queryKey: keyOf(name, path),
    queryFn: () => files.entries(path),
    staleTime: 0,
    gcTime: 60_000,
    retry: false,
    refetchInterval: ({ state }) => status === "Running" && (state.data?.length ?? 0) < 2000 && 10_000,
  });
}

/** Has all directories that are shown be looked at again. */
export function useLookAgain(instance: string): () => void {
  const cache = useQueryClient();
  return () => void cache.invalidateQueries({ queryKey: keyOf(instance) });
}

/** The links that lead from one to the next at most: the kernel's bound. */
const mostLinks = 40;

/** What a path leads to, over links: a directory, or a file and its content. */
export async function openPath(files: PageFiles, path: string) {
  let at = path;
  for (let links = 0; links < mostLinks; links++) {
    const found = await files.read(at);
    if (found.type !== "symlink") return { ...found, path: at };
    at = followed(parentOf(at), found.target);
  }
  throw new LodgeError({ code: "file_invalid", message: `${path} leads from link to link without end.` });
}

/** A file, a link, or a directory with all that is in it. */
export async function removeAll(files: PageFiles, path: string, isDirectory: boolean): Promise<void> {
  if (isDirectory) {
    for (const { name, type } of await files.entries(path)) {
      await removeAll(files, inDirectory(path, name), type === "directory");
    }
  }
  await files.remove(path);
}
