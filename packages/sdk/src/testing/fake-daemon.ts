import type { InstanceCreate, InstanceFull, InstanceStatePut, InstanceStatus } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { serveExec } from "./fake-exec.ts";
import { FakeFiles } from "./fake-files.ts";
import { type FakeInstanceOptions, fakeInstance } from "./fake-instance.ts";
import { FakeNetworks } from "./fake-networks.ts";
import { FakeOperations, failure, failureReply } from "./fake-operations.ts";
import { FakeProfiles } from "./fake-profiles.ts";
import { type FakeReply, FakeServer, syncReply } from "./fake-server.ts";
import { FakeSettings } from "./fake-settings.ts";
import { FakeSnapshots } from "./fake-snapshots.ts";

const stateAfter: Readonly<Record<InstanceStatePut["action"], InstanceStatus>> = {
  start: "Running",
  restart: "Running",
  unfreeze: "Running",
  stop: "Stopped",
  freeze: "Frozen",
};

const one = /^\/1\.0\/instances\/([^/]+)$/;

/** A daemon in memory: instances that only claim to run. For tests of clients. */
export class FakeDaemon {
  readonly server = new FakeServer();
  readonly operations = new FakeOperations(this.server);
  readonly instances = new Map<string, InstanceFull>();
  /** What instances were asked for, in order. */
  readonly requests: InstanceCreate[] = [];
  /** What is made from now on is not ready. */
  bootsSlowly = false;
  readonly files = new FakeFiles(this.server);
  readonly profiles = new FakeProfiles(this.server);
  readonly networks = new FakeNetworks(this.server);
  readonly settings = new FakeSettings(this.server);

  static async start(instances: readonly FakeInstanceOptions[] = []): Promise<FakeDaemon> {
    const daemon = new FakeDaemon();
    for (const instance of instances) daemon.add(instance);
    await daemon.server.start();
    return daemon;
  }

  private constructor() {
    new FakeSnapshots(this.server, this.operations, this.instances);
    this.server
      .on("GET", /^\/1\.0\/instances$/, ({ query }) => syncReply(this.#list(query.get("recursion"))))
      .on("GET", one, ({ params }) => this.#with(params, (it) => syncReply(it, { etag: `"${etag(it)}"` })))
      .on("GET", /^\/1\.0\/instances\/([^/]+)\/state$/, ({ params }) => this.#with(params, (it) => syncReply(it.state)))
      .on("POST", /^\/1\.0\/instances$/, ({ body }) => this.#create(JSON.parse(String(body))))
      .on("PUT", one, ({ params, headers, body }) =>
        this.#with(params, (it) => {
          const expected = headers["if-match"];
          if (expected && expected !== `"${etag(it)}"`) throw failure("etag_mismatch", `${it.name} has changed.`);
          Object.assign(it, JSON.parse(String(body)));
          return this.operations.start("Updating instance", it.name, async () => undefined);
        }),
      )
      .on("POST", /^\/1\.0\/instances\/([^/]+)\/rebuild$/, ({ params, body }) =>
        this.#with(params, (it) => {
          if (it.status !== "Stopped") throw failure("instance_wrong_state", `${it.name} is running; stop it first.`);
          return this.operations.start("Rebuilding instance", it.name, async () => {
            Object.assign(it, { description: `rebuilt: ${String(body)}` });
            return undefined;
          });
        }),
      )
      .on("POST", one, ({ params, body }) =>
        this.#with(params, (it) => {
          const { name } = JSON.parse(String(body)) as { name: string };
          return this.operations.start("Renaming instance", it.name, async () => {
            this.instances.delete(it.name);
            this.instances.set(name, { ...it, name });
            return undefined;
          });
        }),
      )
      .on("DELETE", one, ({ params }) =>
        this.#with(params, (it) => {
          if (it.status !== "Stopped") throw failure("instance_wrong_state", `${it.name} is running; stop it first.`);
          return this.operations.start("Deleting instance", it.name, async () => {
            this.instances.delete(it.name);
            return undefined;
          });
        }),
      )
      .on("PUT", /^\/1\.0\/instances\/([^/]+)\/state$/, ({ params, body }) =>
        this.#with(params, (it) => this.#changeState(it, JSON.parse(String(body)))),
      )
      .on("POST", /^\/1\.0\/instances\/([^/]+)\/exec$/, ({ params, body }) =>
        this.#with(params, (it) => {
          if (!it.state.ready) throw failure("instance_not_ready", `${it.name} does not answer yet.`);
          return serveExec(this.operations, it.name, JSON.parse(String(body)));
        }),
      );
  }

  get socket(): string {
    return this.server.socket;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  add(options: FakeInstanceOptions): InstanceFull {
    const instance = fakeInstance(options);
    this.instances.set(instance.name, instance);
    return instance;
  }

  /** What a guest does when its boot is over. */
  becomeReady(name: string): void {
    const instance = this.instances.get(name);
    if (instance) instance.state.ready = true;
    this.operations.emit("lifecycle", { action: "instance-ready", source: `/1.0/instances/${name}` });
  }

  #list(recursion: string | null): unknown {
    const all = [...this.instances.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return recursion ? all : all.map(({ name }) => `/1.0/instances/${name}`);
  }

  #create(request: InstanceCreate): FakeReply {
    this.requests.push(request);
    const name = request.name || "clever-fox";
    if (this.instances.has(name)) {
      return failureReply(failure("instance_exists", `There is an instance ${name} already; choose another name.`));
    }
    return this.operations.start("Creating instance", name, async (update) => {
      update({ create_progress: "Preparing the root file system" });
      const type = request.type || "container";
      const ready = request.start === true && !this.bootsSlowly;
      const it = this.add({ name, type, status: request.start ? "Running" : "Stopped", ready });
      const { config, devices, ephemeral } = request;
      Object.assign(it, { config: config ?? {}, devices: devices ?? {}, ephemeral: ephemeral ?? false });
      return undefined;
    });
  }

  #changeState(it: InstanceFull, { action }: InstanceStatePut): FakeReply {
    const wanted = stateAfter[action];
    if (wanted === it.status && action !== "restart") {
      throw failure("instance_wrong_state", `${it.name} is ${it.status.toLowerCase()} already.`);
    }
    return this.operations.start(`${action} instance`, it.name, async () => {
      const { state } = fakeInstance({ name: it.name, type: it.type, status: wanted });
      Object.assign(it, { status: wanted, status_code: state.status_code, state });
      if (wanted === "Stopped" && it.ephemeral) this.instances.delete(it.name);
      return undefined;
    });
  }

  #with(params: readonly string[], answer: (instance: InstanceFull) => FakeReply): FakeReply {
    const [name = ""] = params;
    const instance = this.instances.get(name);
    try {
      if (!instance) throw failure("instance_not_found", `There is no instance ${name}.`);
      return answer(instance);
    } catch (error) {
      if (error instanceof LodgeError) return failureReply(error);
      throw error;
    }
  }
}

const etag = ({ config, devices, profiles }: InstanceFull) =>
  Buffer.from(JSON.stringify([config, devices, profiles]))
    .toString("base64url")
    .slice(-24);
