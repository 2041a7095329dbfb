import { Outlet } from "@tanstack/react-router";
import { useState } from "react";
import { ActionsProvider } from "./server/actions.tsx";
import { chosenProject, ProjectChoice } from "./server/project.ts";
import { ServerProvider } from "./server/server.tsx";

export function Root() {
  const [project, setProject] = useState(chosenProject);
  return (
    <ProjectChoice value={setProject}>
      <ServerProvider project={project}>
        <ActionsProvider>
          <Outlet />
        </ActionsProvider>
      </ServerProvider>
    </ProjectChoice>
  );
}
