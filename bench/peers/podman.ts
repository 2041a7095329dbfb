import type { PeerKind, Room } from "../scenario.ts";
import { SandboxedPeer, startInSandbox } from "./sandboxed-peer.ts";
import { sharedRootTar } from "./shared-image.ts";

/** Podman as root, on its own bridge. It has no daemon. */
export class PodmanPeer extends SandboxedPeer {
  /** Runs its command line program, which must succeed. */
  podman(...args: readonly string[]): Promise<string> {
    return this.sandbox.must("podman", ...always, ...args);
  }
}

/** There is no systemd in the sandbox. */
const always = ["--cgroup-manager=cgroupfs", "--events-backend=file"];

export const podmanImage = "localhost/bench/tiny";

export const podmanPeer: PeerKind<PodmanPeer> = {
  name: "podman",
  async start(room: Room) {
    const root = await sharedRootTar(room, "tiny");
    const started = await startInSandbox(room, {
      name: "podman",
      data: ["/var/lib/containers"],
      async prepare(sandbox) {
        const podman = (...args: readonly string[]) => sandbox.must("podman", ...always, ...args);
        await podman("import", "--change", 'CMD ["/sbin/init"]', root, podmanImage);
        return { Podman: await podman("version", "--format", "{{.Client.Version}}") };
      },
    });
    return new PodmanPeer(started);
  },
};
