import type { Server } from "../../server/server.tsx";
import { formatBytes } from "../../server/units.ts";
import { uploadPlain } from "../../server/upload.ts";

/** Sends a file into an instance and says how far it is. One that was there keeps its owner and mode. */
export async function uploadFile(
  server: Server,
  instance: string,
  path: string,
  file: File,
  tell: (progress: string) => void,
): Promise<void> {
  await uploadPlain(server, {
    path: `/1.0/instances/${encodeURIComponent(instance)}/files`,
    query: { path },
    headers: { "x-lxd-type": "file", "x-lxd-write": "overwrite" },
    body: file,
    onProgress: (sent) => tell(`${formatBytes(sent)} of ${formatBytes(file.size)}`),
  });
}
