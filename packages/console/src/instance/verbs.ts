import type { InstanceFull, StateAction } from "@lodge/api";
import type { Actions } from "../server/actions.tsx";
import type { Server } from "../server/server.tsx";

/** What can be done to an instance in its state, in words and for the API. */
export interface Verb {
  readonly title: string;
  readonly action: StateAction;
  readonly force?: true;
  readonly when: readonly string[];
}

export const verbs: readonly Verb[] = [
  { title: "Start", action: "start", when: ["Stopped", "Error"] },
  { title: "Stop", action: "stop", when: ["Running"] },
  { title: "Restart", action: "restart", when: ["Running"] },
  { title: "Pause", action: "freeze", when: ["Running"] },
  { title: "Resume", action: "unfreeze", when: ["Frozen"] },
  { title: "Force stop", action: "stop", force: true, when: ["Running", "Frozen", "Error"] },
];

export function perform({ title, action, force }: Verb, names: readonly string[], server: Server, { run }: Actions) {
  for (const name of names) {
    void run(`${title} ${name}`, () => server.client.instances.setState(name, action, force ? { force } : {}));
  }
}

/** Stops those that run, first. */
export function remove(instances: readonly InstanceFull[], { client }: Server, { run }: Actions) {
  for (const { name, status } of instances) {
    void run(`Delete ${name}`, async () => {
      if (status !== "Stopped") await (await client.instances.setState(name, "stop", { force: true })).wait();
      return client.instances.delete(name);
    });
  }
}
