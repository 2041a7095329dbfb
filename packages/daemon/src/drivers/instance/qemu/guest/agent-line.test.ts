import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AgentLine } from "./agent-line.ts";

interface Request {
  readonly execute: string;
  readonly arguments?: { readonly id?: number };
}

/** An agent that answers everything, and counts who connects; `guest-info` is refused, and `guest-get-time` hangs up. */
async function agent() {
  const directory = mkdtempSync(join(tmpdir(), "lodge-agent-"));
  const path = join(directory, "socket");
  const seen = { connections: 0 };
  const answer = (socket: Socket, request: Request) => {
    if (request.execute === "guest-sync-delimited") socket.write(Buffer.from([0xff]));
    if (request.execute === "guest-get-time") return socket.destroy();
    const refused = { error: { class: "GenericError", desc: "no" } };
    const reply = request.execute === "guest-info" ? refused : { return: request.arguments?.id ?? {} };
    return socket.write(`${JSON.stringify(reply)}\n`);
  };
  const server = createServer((socket) => {
    seen.connections++;
    socket.on("data", (data) => {
      for (const line of data.toString("latin1").split("\n").filter(Boolean)) {
        answer(socket, JSON.parse(line.replaceAll("\xff", "")) as Request);
      }
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const line = new AgentLine(path, 1_000);
  onTestFinished(() => {
    line.close();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return { line, seen };
}

test("those who need it at the same time share one connection, and so do those who follow soon", async () => {
  const { line, seen } = await agent();
  const ping = () => line.use((guest) => guest.execute("guest-ping"));
  await Promise.all([ping(), ping()]);
  await ping();
  expect(seen.connections).toBe(1);
  line.close();
  await ping();
  expect(seen.connections).toBe(2);
});

test("a refusal leaves the connection as it is; after a loss the next one connects anew", async () => {
  const { line, seen } = await agent();
  await expect(line.use((guest) => guest.execute("guest-info"))).rejects.toThrow("no");
  await line.use((guest) => guest.execute("guest-ping"));
  expect(seen.connections).toBe(1);
  await expect(line.use((guest) => guest.execute("guest-get-time"))).rejects.toThrow("closed");
  await line.use((guest) => guest.execute("guest-ping"));
  expect(seen.connections).toBe(2);
});
