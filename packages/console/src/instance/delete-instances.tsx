import type { InstanceFull } from "@lodge/api";
import { Confirm } from "../parts/confirm.tsx";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { remove } from "./verbs.ts";

interface DeleteInstancesProps {
  readonly instances: readonly InstanceFull[];
  readonly onClose: () => void;
  /** After it was wanted, before it is done. */
  readonly onBegun: () => void;
}

/** Asks by name, or by how many, unless all of them are of the kind that is gone with its stop anyway. */
export function DeleteInstances({ instances, onClose, onBegun }: DeleteInstancesProps) {
  const server = useServer();
  const actions = useActions();
  const names = instances.map(({ name }) => name);
  const what = names.length === 1 ? (names[0] ?? "") : `${names.length} instances`;
  const isLoss = instances.some(({ ephemeral }) => !ephemeral);
  const snapshots = instances.reduce((sum, each) => sum + each.snapshots.length, 0);
  const running = instances.filter(({ status }) => status !== "Stopped").length;
  return (
    <Confirm
      title={`Delete ${what}?`}
      verb="Delete"
      confirmWith={isLoss ? what : undefined}
      onClose={onClose}
      onConfirm={() => {
        remove(instances, server, actions);
        onBegun();
      }}
    >
      {names.length === 1 ? "Its files" : `The files of ${names.join(", ")}`}
      {snapshots > 0 && ` and ${snapshots === 1 ? "a snapshot" : `${snapshots} snapshots`}`} are gone then.
      {running > 0 &&
        (names.length === 1 ? " It runs, and is stopped by force." : " Those that run are stopped by force.")}
    </Confirm>
  );
}
