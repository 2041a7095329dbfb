import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { ChoiceField } from "../parts/fields.tsx";
import { IsoUpload } from "../storage/iso-upload.tsx";
import { useIsoVolumes } from "../storage/volumes.ts";
import type { IsoVolume } from "./draft.ts";

interface IsoPickerProps {
  readonly chosen: IsoVolume | undefined;
  readonly onChoose: (iso: IsoVolume | undefined) => void;
}

/** ISOs that lie in pools, or one from this computer. */
export function IsoPicker({ chosen, onChoose }: IsoPickerProps) {
  const isos = useIsoVolumes().data ?? [];
  const [uploading, setUploading] = useState(false);
  const keyOf = ({ pool, name }: IsoVolume) => `${pool}/${name}`;
  const options: (readonly [string, string])[] = [
    ["", isos.length === 0 ? "There is none yet: upload one" : "None"],
    ...isos.map(({ pool, name }): [string, string] => [keyOf({ pool, name }), `${name} (in ${pool})`]),
  ];
  return (
    <>
      <ChoiceField
        label="ISO"
        hint="It lies in the drive of the machine, which starts from it for as long as its disk has no system."
        value={chosen ? keyOf(chosen) : ""}
        options={options}
        onChange={(value) => onChoose(isos.find((each) => keyOf(each) === value))}
      />
      <div>
        <Button variant="secondary" onClick={() => setUploading(true)}>
          Upload an ISO
        </Button>
      </div>
      {uploading && <IsoUpload onClose={() => setUploading(false)} onUploaded={onChoose} />}
    </>
  );
}
