import type { Project } from "@lodge/api";
import { Button, Label } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, PlainPage } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { usersOf } from "../parts/users-of.ts";
import { NewProject } from "../projects/new-project.tsx";
import { ProjectSettings } from "../projects/project-settings.tsx";
import { useActions } from "../server/actions.tsx";
import { useChooseProject } from "../server/project.ts";
import { useProjects } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";

type Doing = { readonly verb: "edit" | "delete"; readonly project: Project } | { readonly verb: "create" };

export function Projects() {
  const may = useMay();
  const { project: current } = useServer();
  const choose = useChooseProject();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const columns: readonly Column<Project>[] = [
    {
      title: "Name",
      cell: ({ name }) => (
        <>
          {name} {name === current && <Label isCompact>you are here</Label>}
        </>
      ),
      sort: ({ name }) => name,
    },
    { title: "Description", isMinor: true, cell: ({ description }) => description },
    {
      title: "Instances",
      cell: ({ used_by }) => usersOf(used_by, "instances").length,
      sort: ({ used_by }) => usersOf(used_by, "instances").length,
      isNumber: true,
    },
    {
      title: "Of its own",
      isMinor: true,
      cell: ({ config, name }) => (name === "default" ? "everything" : featuresOf(config)),
    },
    { title: "Restricted", isMinor: true, cell: ({ config }) => (config["restricted"] === "true" ? "yes" : "") },
    { title: "Takes", isMinor: true, cell: ({ name, config }) => <Taken name={name} hasLimits={hasLimits(config)} /> },
    {
      title: "Actions",
      width: "13.5rem",
      cell: (project) => (
        <>
          {project.name !== current && (
            <RowButton title="Go there" of={project.name} onClick={() => choose(project.name)} />
          )}
          {may("administer") && (
            <RowButton title="Settings" of={project.name} onClick={() => setDoing({ verb: "edit", project })} />
          )}
          {may("administer") && project.name !== "default" && (
            <RowButton
              title="Delete"
              of={project.name}
              isDanger
              onClick={() => setDoing({ verb: "delete", project })}
            />
          )}
        </>
      ),
    },
  ];
  return (
    <PlainPage
      title="Projects"
      actions={may("administer") && <Button onClick={() => setDoing({ verb: "create" })}>Create project</Button>}
    >
      <p className="lodge-hint">
        A project has instances of its own and, as it is set up, images, profiles and volumes: for teams, customers, or
        what is to be tried. Limits say what all in it may take together.
      </p>
      <Loaded query={useProjects()} what="Projects">
        {(projects) => <DataTable label="Projects" columns={columns} rows={projects} keyOf={({ name }) => name} />}
      </Loaded>
      {doing?.verb === "create" && <NewProject onClose={close} />}
      {doing?.verb === "edit" && <ProjectSettings project={doing.project} onClose={close} />}
      {doing?.verb === "delete" && <Delete project={doing.project} onClose={close} />}
    </PlainPage>
  );
}

function Delete({ project: { name, used_by }, onClose }: { readonly project: Project; readonly onClose: () => void }) {
  const { client, project } = useServer();
  const { run } = useActions();
  const choose = useChooseProject();
  const remove = async () => {
    if (project === name) choose("default");
    await run(`Delete project ${name}`, () => client.projects.delete(name));
  };
  // Its own profile default goes with it.
  const others = used_by.filter((url) => !/\/profiles\/default(\?|$)/.test(url)).length;
  return (
    <Confirm title={`Delete project ${name}?`} verb="Delete" onClose={onClose} onConfirm={() => void remove()}>
      {others > 0 ? `There are ${others} things in it: the server refuses it until it is empty.` : "It is empty."}
    </Confirm>
  );
}

const features = ["images", "profiles", "storage.volumes"] as const;

const featuresOf = (config: Project["config"]): string =>
  ["instances", ...features.filter((each) => config[`features.${each}`] === "true")]
    .map((each) => each.replace("storage.", ""))
    .join(", ");

const hasLimits = (config: Project["config"]): boolean => Object.keys(config).some((key) => key.startsWith("limits."));

/** What is used of what is limited. */
function Taken({ name, hasLimits: enabled }: { readonly name: string; readonly hasLimits: boolean }) {
  const { client } = useServer();
  const state = useQuery({
    queryKey: ["projects", name, "state"],
    queryFn: () => client.projects.state(name),
    ...{ enabled, refetchInterval: 15_000 },
  }).data;
  if (!enabled) return <span className="lodge-hint">no limits</span>;
  return Object.entries(state?.resources ?? {})
    .filter(([, { Limit }]) => Limit >= 0)
    .map(([what, { Limit, Usage }]) => `${what} ${inUnits(what, Usage)} of ${inUnits(what, Limit)}`)
    .join(", ");
}

const inUnits = (what: string, value: number): string =>
  what === "memory" || what === "disk" ? formatBytes(value) : String(value);
