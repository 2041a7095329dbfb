import type { Project } from "@lodge/api";
import { projectConfigKeys } from "@lodge/api/project-keys";
import { useState } from "react";
import { allFit, ConfigFields } from "../parts/config-fields.tsx";
import { TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useTag } from "../parts/use-tag.ts";
import { useServer } from "../server/server.tsx";

export function ProjectSettings({ project, onClose }: { readonly project: Project; readonly onClose: () => void }) {
  const { client } = useServer();
  const { name } = project;
  const [description, setDescription] = useState(project.description);
  const [config, setConfig] = useState(project.config);
  const tag = useTag(() => client.projects.getTagged(name));
  const save = async () => client.projects.update(name, { description, config }, await tag);
  return (
    <FormDialog
      title={`Change project ${name}`}
      heading={`Settings of project ${name}`}
      verb="Save"
      isReady={allFit(projectConfigKeys, config)}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField label="Description" value={description} onChange={setDescription} />
      <ConfigFields keys={projectConfigKeys} config={config} onChange={setConfig} />
    </FormDialog>
  );
}
