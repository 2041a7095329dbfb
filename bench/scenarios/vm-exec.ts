import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../test/harness/command.ts";
import { type LodgePeer, lodgePeer } from "../peers/lodge.ts";
import { remove, runIn } from "../peers/rest-system.ts";
import type { Contestant, Room, Scenario } from "../scenario.ts";

const image = "tiny";
const figure = "`true` in the guest";

export const vmExec: Scenario = {
  name: "vm-exec",
  title: "A command in a running virtual machine",
  about:
    "`true` is run in a virtual machine of `tiny`: by Lodge's API, over the connection that the daemon keeps on a virtio port; and by " +
    "`ssh` over the machine's nic on a connection that it keeps (ControlMaster), the whole process. Both have the guest's sshd at the other end.",
  rounds: { quick: 20, full: 60, warmUp: 3 },
  claims: [{ figure, entry: "Lodge's API", than: "`ssh`, kept connection", atMost: 1.3 }],
  entries: [
    { name: "Lodge's API", peer: "lodge", open: byApi },
    { name: "`ssh`, kept connection", peer: "ssh", open: bySsh },
  ],
};

async function byApi(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const name = "exec-api";
  await machine(peer, name);
  return {
    peer,
    round: async (watch) => void (await watch.time(figure, () => runIn(peer, name, "true"))),
    close: () => remove(peer, name),
  };
}

async function bySsh(room: Room): Promise<Contestant> {
  const peer = await room.peer(lodgePeer);
  const name = "exec-ssh";
  await machine(peer, name);
  const directory = join(room.directory, "ssh");
  await mkdir(directory, { mode: 0o700 });
  const connection = await connect(peer, name, directory);
  return {
    peer,
    round: async (watch) => void (await watch.time(figure, () => connection.run("true"))),
    async close() {
      await connection.end();
      await remove(peer, name);
    },
  };
}

async function machine(peer: LodgePeer, name: string): Promise<void> {
  await peer.launch(name, await peer.image(image, "virtual-machine"), "virtual-machine");
  await peer.ready(name);
}

interface Connection {
  readonly run: (...command: readonly string[]) => Promise<string>;
  readonly end: () => Promise<string>;
}

/** Lets a key into the guest over its nic, and leaves a connection open. */
async function connect(peer: LodgePeer, name: string, directory: string): Promise<Connection> {
  const key = join(directory, "key");
  await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const keys = "/run/lodge/bench_keys";
  const sshd = `/usr/sbin/sshd -f /etc/lodge/sshd_config -o AuthorizedKeysFile=${keys}`;
  await runIn(peer, name, "sh", "-c", `echo "$0" > ${keys} && ${sshd}`, await mustRun("ssh-keygen", ["-y", "-f", key]));
  const shared = ["ControlMaster=auto", "ControlPersist=600", `ControlPath=${join(directory, "control")}`];
  const trust = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes"];
  const options = ["-F", "none", "-i", key, ...[...shared, ...trust].flatMap((option) => ["-o", option])];
  const guest = `root@${await peer.lodge.ipv4(name)}`;
  const [program = "ssh", ...before] = [...peer.lodge.insideHostNetwork, "ssh", ...options];
  const connection: Connection = {
    run: (...command) => mustRun(program, [...before, guest, ...command]),
    end: () => mustRun(program, [...before, "-O", "exit", guest]),
  };
  await connection.run("true");
  return connection;
}
