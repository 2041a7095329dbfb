import { expect, test } from "vitest";
import { connectGuestAgent } from "./agent.ts";
import { QmpClosedError, QmpError, QmpTimeoutError } from "./errors.ts";
import { type Script, scriptedServer } from "./testing/scripted-server.ts";

interface Request {
  readonly execute: string;
  readonly arguments: { readonly id?: number; readonly pid?: number };
}

/** Answers the synchronization and leaves all other commands to `react`. */
function agent(react: (request: Request, reply: (message: object) => void) => void): Script {
  return (line, socket) => {
    const request = JSON.parse(line.replaceAll("\xff", "")) as Request;
    const reply = (message: object) => socket.write(`${JSON.stringify(message)}\n`);
    if (request.execute !== "guest-sync-delimited") return react(request, reply);
    socket.write(Buffer.concat([Buffer.from('{"return": 7}\n'), Buffer.from([0xff])]));
    reply({ return: request.arguments.id });
  };
}

test("synchronizes past another session's leftovers and executes one command after the other", async () => {
  const order: string[] = [];
  await using server = await scriptedServer(
    '{"return": {"stale": true}}\n{"retu',
    agent(({ execute }, reply) => {
      order.push(execute);
      setTimeout(() => reply({ return: execute === "guest-exec" ? { pid: 42 } : {} }), 5);
    }),
  );
  using client = await connectGuestAgent({ path: server.path });
  const [, exec] = await Promise.all([
    client.execute("guest-ping"),
    client.execute("guest-exec", { path: "/bin/true" }),
  ]);
  expect(exec).toEqual({ pid: 42 });
  expect(order).toEqual(["guest-ping", "guest-exec"]);
});

test.each([
  [[`\xff{"return": 5}\n`, `\xff{"return": ID}\n`]],
  [[`\xff{"ret`, `urn": 5}\n\xff{"return": ID}\n`]],
  [[`\xff{"return": 5}\n\xff{"return": ID}\n`]],
  [[`\xff{"error": {"class": "GenericError", "desc": ""}}\n\xff`, `{"return"`, `: ID}\n`]],
])("a synchronization that was another session's is passed over: %j", async (answers) => {
  await using server = await scriptedServer("", (line, socket) => {
    const { execute, arguments: parameters } = JSON.parse(line.replaceAll("\xff", "")) as Request;
    if (execute !== "guest-sync-delimited") return void socket.write('{"return": {}}\n');
    void (async () => {
      for (const answer of answers) {
        socket.write(Buffer.from(answer.replace("ID", String(parameters.id)), "latin1"));
        await new Promise(setImmediate);
      }
    })();
  });
  using client = await connectGuestAgent({ path: server.path });
  expect(await client.execute("guest-ping")).toEqual({});
});

test("a refusal is a QmpError and does not end the connection", async () => {
  await using server = await scriptedServer(
    "",
    agent(({ execute }, reply) =>
      reply(execute === "guest-ping" ? { return: {} } : { error: { class: "GenericError", desc: "no such pid" } }),
    ),
  );
  using client = await connectGuestAgent({ path: server.path });
  await expect(client.execute("guest-exec-status", { pid: 1 })).rejects.toThrow(QmpError);
  expect(await client.execute("guest-ping")).toEqual({});
});

test("a guest without an agent times out", async () => {
  await using server = await scriptedServer("", () => undefined);
  await expect(connectGuestAgent({ path: server.path, timeout: 30 })).rejects.toThrow(QmpTimeoutError);
});

test("an unanswered command ends the connection", async () => {
  await using server = await scriptedServer(
    "",
    agent(() => undefined),
  );
  const client = await connectGuestAgent({ path: server.path, timeout: 30 });
  await expect(client.execute("guest-ping")).rejects.toThrow(QmpTimeoutError);
  await expect(client.execute("guest-ping")).rejects.toThrow(QmpTimeoutError);
});

test("shutdown takes silence for consent and a refusal for what it is", async () => {
  await using silent = await scriptedServer(
    "",
    agent(() => undefined),
  );
  const willing = await connectGuestAgent({ path: silent.path });
  await willing.shutdown(20);
  await using refusing = await scriptedServer(
    "",
    agent((_request, reply) => reply({ error: { class: "GenericError", desc: "no shutdown command" } })),
  );
  using unwilling = await connectGuestAgent({ path: refusing.path });
  await expect(unwilling.shutdown(1_000)).rejects.toThrow("no shutdown command");
});

test("a flood without an end is cut off", async () => {
  await using server = await scriptedServer("", (line, socket) => {
    if (line.includes("guest-sync")) {
      const { arguments: parameters } = JSON.parse(line.replaceAll("\xff", "")) as Request;
      socket.write(Buffer.concat([Buffer.from([0xff]), Buffer.from(`{"return": ${parameters.id}}\n`)]));
    } else socket.write("y".repeat(5_000));
  });
  const client = await connectGuestAgent({ path: server.path, messageLimit: 1_000 });
  await expect(client.execute("guest-ping")).rejects.toThrow(/longer than 1000 bytes/);
  await expect(client.execute("guest-ping")).rejects.not.toThrow(QmpClosedError);
});
