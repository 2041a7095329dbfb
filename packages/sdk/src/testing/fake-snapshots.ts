import type { InstanceFull, SnapshotCreate } from "@lodge/api";
import { fakeSnapshot } from "./fake-instance.ts";
import type { FakeOperations } from "./fake-operations.ts";
import { errorReply, type FakeReply, type FakeServer, syncReply } from "./fake-server.ts";

const all = /^\/1\.0\/instances\/([^/]+)\/snapshots$/;
const one = /^\/1\.0\/instances\/([^/]+)\/snapshots\/([^/]+)$/;

/** The snapshots of a FakeDaemon's instances. They hold nothing. */
export class FakeSnapshots {
  readonly #instances: ReadonlyMap<string, InstanceFull>;

  constructor(server: FakeServer, operations: FakeOperations, instances: ReadonlyMap<string, InstanceFull>) {
    this.#instances = instances;
    const begin = (description: string, instance: string, name: string, work: () => void): FakeReply =>
      operations.start(
        description,
        instance,
        async () => {
          work();
          return undefined;
        },
        [],
        { instances_snapshots: [`/1.0/instances/${instance}/snapshots/${name}`] },
      );
    server.on("GET", all, ({ params }) => this.#with(params, (instance) => syncReply(instance.snapshots)));
    server.on("POST", all, ({ params, body }) =>
      this.#with(params, (instance) => {
        const request = JSON.parse(String(body)) as SnapshotCreate;
        const name = request.name || `snap${instance.snapshots.length}`;
        const made = fakeSnapshot(name, { ...(request.expires_at && { expires_at: request.expires_at }) });
        return begin("Creating snapshot", instance.name, name, () => void instance.snapshots.push(made));
      }),
    );
    server.on("GET", one, ({ params }) => this.#find(params, (_, snapshot) => syncReply(snapshot)));
    server.on("POST", one, ({ params, body }) =>
      this.#find(params, (instance, snapshot) => {
        const { name } = JSON.parse(String(body)) as { name: string };
        return begin("Renaming snapshot", instance.name, name, () => void Object.assign(snapshot, { name }));
      }),
    );
    server.on("DELETE", one, ({ params }) =>
      this.#find(params, (instance, snapshot) =>
        begin("Deleting snapshot", instance.name, snapshot.name, () => {
          instance.snapshots = instance.snapshots.filter((each) => each !== snapshot);
        }),
      ),
    );
  }

  #with([name = ""]: readonly string[], answer: (instance: InstanceFull) => FakeReply): FakeReply {
    const instance = this.#instances.get(name);
    return instance ? answer(instance) : errorReply(404, "instance_not_found", `There is no instance ${name}.`);
  }

  #find(
    params: readonly string[],
    answer: (instance: InstanceFull, snapshot: InstanceFull["snapshots"][number]) => FakeReply,
  ): FakeReply {
    return this.#with(params, (instance) => {
      const snapshot = instance.snapshots.find(({ name }) => name === params[1]);
      if (snapshot) return answer(instance, snapshot);
      return errorReply(404, "snapshot_not_found", `${instance.name} has no snapshot ${params[1]}.`);
    });
  }
}
