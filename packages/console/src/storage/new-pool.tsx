import type { Config } from "@lodge/api";
import { poolConfigKeys } from "@lodge/api/pool-keys";
import { useState } from "react";
import { allFit, ConfigFields } from "../parts/config-fields.tsx";
import { ChoiceField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useServer } from "../server/server.tsx";

const words: Readonly<Record<string, string>> = {
  dir: "dir: a directory of any file system",
  btrfs: "btrfs: snapshots and copies in a moment, limits of size",
};

export function NewPool({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const [name, setName] = useState("");
  const [driver, setDriver] = useState("dir");
  const [config, setConfig] = useState<Config>({});
  const keys = poolConfigKeys[driver] ?? [];
  return (
    <FormDialog
      title={`Create pool ${name}`}
      heading="Create a storage pool"
      verb="Create"
      isReady={name !== "" && allFit(keys, config)}
      onSubmit={() => client.pools.create({ name, driver, config })}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} isRequired autoFocus />
      <ChoiceField
        label="Driver"
        value={driver}
        options={Object.keys(poolConfigKeys).map((each): [string, string] => [each, words[each] ?? each])}
        onChange={(next) => {
          setDriver(next);
          setConfig({});
        }}
      />
      <ConfigFields key={driver} keys={keys} config={config} onChange={setConfig} />
    </FormDialog>
  );
}
