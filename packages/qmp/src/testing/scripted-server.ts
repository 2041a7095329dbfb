import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the server does with each line it reads. */
export type Script = (line: string, socket: Socket) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly path: string;
}

/** A peer on a unix socket that follows a script: says `hello` on connect, then reacts line by line. */
export async function scriptedServer(hello: string | Buffer, script: Script): Promise<ScriptedServer> {
  const directory = await mkdtemp(join(tmpdir(), "qmp-"));
  const path = join(directory, "socket");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let rest = "";
    socket.on("data", (chunk) => {
      const lines = (rest + chunk.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) script(line, socket);
    });
    socket.write(hello);
  });
  server.listen(path);
  await once(server, "listening");
  return {
    path,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
