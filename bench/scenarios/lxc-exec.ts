import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import { lodgePeer } from "../peers/lodge.ts";
import { lxdPeer } from "../peers/lxd.ts";
import { lxcProgram } from "../peers/places.ts";
import { type RestSystem, remove, runIn } from "../peers/rest-system.ts";
import type { Contestant, PeerKind, Room, Scenario } from "../scenario.ts";

const name = "answering";

export const lxcExec: Scenario = {
  name: "lxc-exec",
  title: "A command in a container by Debian's `lxc`",
  about:
    "`lxc exec c -- true`, the whole process from its start to its end: the same program of Debian's package `lxd-client` speaks to " +
    "Lodge and to LXD. The container has the same root file system and runs the same init. Then the same command without the program, by the API.",
  rounds: { quick: 10, full: 40 },
  claims: ["`lxc exec`", "by the API"].map((figure) => ({
    ...{ figure, entry: "`lxc` with Lodge", than: "`lxc` with LXD", atMost: 1 },
  })),
  entries: [
    { name: "`lxc` with Lodge", peer: "lodge", open: (room) => executing(room, lodgePeer) },
    { name: "`lxc` with LXD", peer: "lxd", open: (room) => executing(room, lxdPeer) },
  ],
};

async function executing(room: Room, kind: PeerKind<RestSystem>): Promise<Contestant> {
  const system = await room.peer(kind);
  await system.launch(name, await system.image("tiny", "container"), "container");
  // Of the client's own: who uses it on this host has settings.
  const settings = join(room.directory, "lxc");
  await mkdir(settings, { recursive: true });
  const env = { LXD_SOCKET: system.socket, LXD_CONF: settings };
  return {
    peer: system,
    async round(watch) {
      await watch.time("`lxc exec`", () => mustRun(lxcProgram, ["exec", name, "--", "true"], { env }));
      await watch.time("by the API", () => runIn(system, name, "true"));
    },
    close: () => remove(system, name),
  };
}
