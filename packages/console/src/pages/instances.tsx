import type { InstanceFull } from "@lodge/api";
import { Button, SearchInput, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { addressesOf } from "../instance/addresses.ts";
import { DeleteInstances } from "../instance/delete-instances.tsx";
import { perform, verbs } from "../instance/verbs.ts";
import { ColumnChoice, useColumnChoice } from "../parts/column-choice.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { StateLabel, typeWords } from "../parts/state-label.tsx";
import { useActions } from "../server/actions.tsx";
import { useInstances } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatAgo, formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";

const columns: readonly Column<InstanceFull>[] = [
  {
    title: "Name",
    cell: ({ name }) => (
      <Link to="/instances/$name/{-$tab}" params={{ name, tab: undefined }}>
        {name}
      </Link>
    ),
    sort: ({ name }) => name,
  },
  { title: "Type", cell: ({ type }) => typeWords[type], sort: ({ type }) => type, width: "6rem", isMinor: true },
  {
    title: "State",
    cell: ({ status }) => <StateLabel status={status} />,
    sort: ({ status }) => status,
    width: "7rem",
  },
  { title: "Address", cell: (each) => addressesOf(each)[0] ?? "", sort: (each) => addressesOf(each)[0] ?? "" },
  {
    title: "Memory",
    cell: ({ state }) => (state?.memory?.usage ? formatBytes(state.memory.usage) : ""),
    sort: ({ state }) => state?.memory?.usage ?? 0,
    ...{ isNumber: true, width: "6rem", isMinor: true },
  },
  {
    title: "Disk",
    cell: ({ state }) => (state?.disk?.["root"]?.usage ? formatBytes(state.disk["root"].usage) : ""),
    sort: ({ state }) => state?.disk?.["root"]?.usage ?? 0,
    ...{ isNumber: true, width: "7rem", isMinor: true },
  },
  {
    title: "Image",
    cell: ({ config }) => config["image.description"] ?? "",
    sort: (i) => i.config["image.description"] ?? "",
    isMinor: true,
  },
  { title: "Description", cell: ({ description }) => description, sort: (i) => i.description, isMinor: true },
  { title: "Profiles", cell: ({ profiles }) => profiles.join(", "), sort: (i) => i.profiles.join(), isMinor: true },
  {
    title: "Snapshots",
    cell: ({ snapshots }) => snapshots?.length || "",
    sort: ({ snapshots }) => snapshots?.length ?? 0,
    ...{ isNumber: true, width: "6rem", isMinor: true },
  },
  {
    title: "Created",
    cell: ({ created_at }) => formatAgo(created_at),
    sort: ({ created_at }) => created_at,
    ...{ width: "8rem", isMinor: true },
  },
];

/** Until somebody chooses. */
const usuallyHidden = ["Disk", "Description", "Profiles", "Created"];

const types = ["container", "virtual-machine"] as const;
const states = ["Running", "Stopped", "Frozen", "Error"] as const;

export function Instances() {
  const query = useInstances();
  const may = useMay();
  const create = may("manage") && (
    <Button component={(props) => <Link {...props} to="/create" />}>Create instance</Button>
  );
  return (
    <PlainPage title="Instances" actions={create}>
      <Loaded query={query} what="Instances">
        {(instances) => (instances.length === 0 ? <NoInstances action={create} /> : <Table instances={instances} />)}
      </Loaded>
    </PlainPage>
  );
}

function NoInstances({ action }: { readonly action: ReactNode }) {
  return (
    <Nothing title="There are no instances yet" action={action}>
      An instance is a whole operating system: a container, which shares the host's kernel, or a virtual machine with
      one of its own. From a terminal: <code>lodge launch debian/12 web</code>.
    </Nothing>
  );
}

function Table({ instances }: { readonly instances: readonly InstanceFull[] }) {
  const { search = "", state, type } = useSearch({ strict: false }) as Filter;
  const navigate = useNavigate();
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const choice = useColumnChoice("instances", columns, usuallyHidden);
  const may = useMay();
  const filter = (next: Filter) =>
    void navigate({ to: "/instances", search: { search, state, type, ...next } as never, replace: true });
  const shown = useMemo(() => filterInstances(instances, { search, state, type }), [instances, search, state, type]);
  const selected = shown.filter(({ name }) => chosen.has(name));
  return (
    <>
      <div className="lodge-toolbar">
        <SearchInput
          aria-label="Search instances"
          placeholder="Name, address or image"
          value={search}
          onChange={(_event, value) => filter({ search: value || undefined })}
          onClear={() => filter({ search: undefined })}
        />
        <ToggleGroup aria-label="State">
          {states.map((each) => (
            <ToggleGroupItem
              key={each}
              text={`${each} ${instances.filter(({ status }) => status === each).length}`}
              isSelected={state === each}
              onChange={() => filter({ state: state === each ? undefined : each })}
            />
          ))}
        </ToggleGroup>
        <ToggleGroup aria-label="Type">
          {types.map((each) => (
            <ToggleGroupItem
              key={each}
              text={`${typeWords[each]}s`}
              isSelected={type === each}
              onChange={() => filter({ type: type === each ? undefined : each })}
            />
          ))}
        </ToggleGroup>
        <span className="lodge-count" role="status">
          {shown.length === instances.length ? `${instances.length} in all` : `${shown.length} of ${instances.length}`}
        </span>
        <ColumnChoice titles={columns.slice(1).map(({ title }) => title)} {...choice} />
        {may("operate") && <Bulk selected={selected} done={() => choose(new Set())} />}
      </div>
      {shown.length === 0 ? (
        <Nothing title="None fits">No instance has that in its name, address or image, and that state.</Nothing>
      ) : (
        <DataTable
          label="Instances"
          columns={choice.shown}
          rows={shown}
          keyOf={({ name }) => name}
          {...(may("operate") && { selection: { chosen, choose } })}
        />
      )}
    </>
  );
}

/** What is done to all that are chosen. */
function Bulk({ selected, done }: { readonly selected: readonly InstanceFull[]; readonly done: () => void }) {
  const server = useServer();
  const actions = useActions();
  const may = useMay();
  const [deleting, setDeleting] = useState(false);
  if (selected.length === 0) return undefined;
  const fitting = (when: readonly string[]) => selected.filter(({ status }) => when.includes(status));
  return (
    <div className="lodge-bulk" role="group" aria-label={`${selected.length} chosen`}>
      {verbs.map((verb) => {
        const names = fitting(verb.when).map(({ name }) => name);
        if (names.length === 0) return undefined;
        const act = () => {
          perform(verb, names, server, actions);
          done();
        };
        return (
          <Button key={verb.title} variant="secondary" size="sm" onClick={act}>
            {verb.title} {names.length}
          </Button>
        );
      })}
      {may("manage") && (
        <Button variant="danger" size="sm" onClick={() => setDeleting(true)}>
          Delete {selected.length}
        </Button>
      )}
      {deleting && <DeleteInstances instances={selected} onClose={() => setDeleting(false)} onBegun={done} />}
    </div>
  );
}

interface Filter {
  readonly search?: string | undefined;
  readonly state?: string | undefined;
  readonly type?: string | undefined;
}

function filterInstances(instances: readonly InstanceFull[], { search = "", state, type }: Filter) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return instances.filter((instance) => {
    if ((state && instance.status !== state) || (type && instance.type !== type)) return false;
    const { name, description, config } = instance;
    const text = [name, description, config["image.description"], ...addressesOf(instance)].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
