import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ChoiceField, Tick } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useServer } from "../server/server.tsx";

export function BuildImage({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const definitions = useQuery({ queryKey: ["definitions"], queryFn: () => client.images.definitions() }).data ?? [];
  const [chosen, setDefinition] = useState("");
  const [containers, setContainers] = useState(true);
  const [machines, setMachines] = useState(true);
  const definition = chosen || definitions[0] || "";
  return (
    <FormDialog
      title={`Build ${definition}`}
      heading="Build an image on this host"
      verb="Build"
      isReady={definition !== "" && (containers || machines)}
      onSubmit={() =>
        client.images.build({
          definition,
          types: [...(containers ? ["container" as const] : []), ...(machines ? ["virtual-machine" as const] : [])],
        })
      }
      onClose={onClose}
    >
      <p className="lodge-hint">Of the distribution's own packages, from its mirror: it takes some minutes.</p>
      <ChoiceField label="System" value={definition} options={definitions} onChange={setDefinition} />
      <Tick label="For containers" isChecked={containers} onChange={setContainers} />
      <Tick label="For virtual machines" isChecked={machines} onChange={setMachines} />
    </FormDialog>
  );
}
