import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { PeerKind, Room } from "../scenario.ts";
import { answers, SandboxedPeer, type Started, startInSandbox } from "./sandboxed-peer.ts";
import { sharedRootTar } from "./shared-image.ts";

const socket = "/run/docker.sock";

/** Docker with containerd and runc, on its own bridge. */
export class DockerPeer extends SandboxedPeer {
  readonly #socket: string;

  constructor(started: Started) {
    super(started);
    this.#socket = this.sandbox.outside(socket);
  }

  /** Runs its command line program, which must succeed. */
  docker(...args: readonly string[]): Promise<string> {
    return this.sandbox.must("docker", ...args);
  }

  /** As `docker run --detach`, by the API. */
  async launch(name: string): Promise<void> {
    await this.#call("POST", `/containers/create?name=${name}`, { Image: dockerImage });
    await this.#call("POST", `/containers/${name}/start`);
  }

  /** As `docker exec`, by the API. */
  async reply(name: string): Promise<string> {
    const exec = { Cmd: ["echo", "here"], AttachStdout: true };
    const { Id } = JSON.parse(await this.#call("POST", `/containers/${name}/exec`, exec)) as { Id: string };
    const answer = await this.#call("POST", `/exec/${Id}/start`, { Detach: false, Tty: false });
    if (!answer.includes("here")) throw new Error(`docker exec answered ${answer}`);
    return answer;
  }

  async remove(name: string): Promise<void> {
    await this.#call("DELETE", `/containers/${name}?force=1`);
  }

  #call(method: string, path: string, body?: unknown): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const headers = { "content-type": "application/json" };
    const asked = request({ socketPath: this.#socket, method, path, headers }, (response) => {
      text(response).then((answer) => {
        if ((response.statusCode ?? 500) < 400) resolve(answer);
        else reject(new Error(`docker: ${method} ${path}: ${answer}`));
      }, reject);
    });
    asked.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }
}

export const dockerImage = "bench/tiny";

export const dockerPeer: PeerKind<DockerPeer> = {
  name: "docker",
  async start(room: Room) {
    const root = await sharedRootTar(room, "tiny");
    const started = await startInSandbox(room, {
      name: "docker",
      data: ["/var/lib/docker", "/var/lib/containerd"],
      async prepare(sandbox, { descriptor }) {
        sandbox.daemon("dockerd", ["--host", `unix://${socket}`], descriptor);
        await answers(sandbox, "docker", "version");
        await sandbox.must("docker", "import", "--change", 'CMD ["/sbin/init"]', root, dockerImage);
        const version = await sandbox.must("docker", "version", "--format", "{{.Server.Version}}");
        return { Docker: version, runc: firstWords(await sandbox.must("runc", "--version")) };
      },
    });
    return new DockerPeer(started);
  },
};

/** `1.1.5` of `runc version 1.1.5+ds1 …` */
function firstWords(text: string): string {
  return text.split("\n")[0]?.replace(/^\D*/, "") ?? "";
}
