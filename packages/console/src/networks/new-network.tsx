import type { Config } from "@lodge/api";
import { networkConfigKeys } from "@lodge/api/network-keys";
import { ExpandableSection } from "@patternfly/react-core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { allFit, ConfigFields } from "../parts/config-fields.tsx";
import { TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useServer } from "../server/server.tsx";

export function NewNetwork({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [config, setConfig] = useState<Config>({});
  return (
    <FormDialog
      title={`Create network ${name}`}
      heading="Create a network"
      verb="Create"
      isReady={name !== "" && allFit(networkConfigKeys, config)}
      onSubmit={() => client.networks.create({ name, description, config })}
      onDone={() => void navigate({ to: "/networks/$name", params: { name } })}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        isRequired
        autoFocus
        hint="Of a bridge: at most 15 letters, digits and hyphens. It gets addresses that nobody else has, and leads outside."
      />
      <TextField label="Description" value={description} onChange={setDescription} />
      <ExpandableSection toggleText="Addresses, names and more">
        <div className="lodge-fields">
          <ConfigFields keys={networkConfigKeys} config={config} onChange={setConfig} />
        </div>
      </ExpandableSection>
    </FormDialog>
  );
}
