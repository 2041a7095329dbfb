import { mustRun } from "../../test/harness/command.ts";
import type { ControlGroup } from "../measure/control-groups.ts";
import type { Peer, PeerKind, Room } from "../scenario.ts";

/** The programs that do alone what a manager does among other things: tar, zstd, qemu-img. */
export class ToolsPeer implements Peer {
  readonly group: ControlGroup;
  readonly versions: Readonly<Record<string, string>>;

  constructor(group: ControlGroup, versions: Readonly<Record<string, string>>) {
    this.group = group;
    this.versions = versions;
  }

  run(file: string, ...args: readonly string[]): Promise<string> {
    return mustRun(file, args, { timeout: 600_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

export const toolsPeer: PeerKind<ToolsPeer> = {
  name: "tools",
  async start(room: Room) {
    const versions = { tar: await version("tar"), zstd: await version("zstd"), "qemu-img": await version("qemu-img") };
    return new ToolsPeer(room.group("tools"), versions);
  },
};

/** The first word with a number in it that it answers to `--version`. */
async function version(program: string): Promise<string> {
  return /\d[\w.]*/.exec(await mustRun(program, ["--version"]))?.[0] ?? "unknown";
}
