import type { Project } from "@lodge/api";
import { projectConfigKeys } from "@lodge/api/project-keys";
import { SettingsDialog } from "../parts/settings-dialog.tsx";
import { useServer } from "../server/server.tsx";

export function ProjectSettings({ project, onClose }: { readonly project: Project; readonly onClose: () => void }) {
  const { client } = useServer();
  const { name } = project;
  return (
    <SettingsDialog
      what={`project ${name}`}
      keys={projectConfigKeys}
      current={project}
      read={() => client.projects.getTagged(name)}
      onSave={(settings, tag) => client.projects.update(name, settings, tag)}
      onClose={onClose}
    />
  );
}
