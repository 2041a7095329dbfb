import type { Template } from "@lodge/api";
import { parseSize } from "@lodge/api/values";
import { Button } from "@patternfly/react-core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { ChoiceField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { imageTitle } from "../parts/image-title.ts";
import { Meter } from "../parts/meter.tsx";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { useImages, useProfiles, useServerInfo } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatAgo, formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";

/** Where nobody says how much they may take. */
const usualBudget = "8GiB";

export function Templates() {
  const { client, project } = useServer();
  const { run } = useActions();
  const may = useMay();
  const cache = useQueryClient();
  const images = useImages().data ?? [];
  const said = useServerInfo().data?.config["templates.budget"];
  const budget = parseSize((typeof said === "string" && said) || usualBudget) ?? 0;
  const [building, setBuilding] = useState(false);
  const [deleting, setDeleting] = useState<Template>();
  const query = useQuery({
    queryKey: ["templates", project],
    queryFn: () => client.templates.list(),
    refetchInterval: 5000,
  });
  const nameOf = ({ fingerprint }: Template): string => {
    const image = images.find((each) => each.fingerprint === fingerprint);
    return image ? imageTitle(image) : fingerprint.slice(0, 12);
  };
  const remove = async (template: Template) => {
    await run(`Delete template ${template.id}`, () => client.templates.delete(template.id));
    await cache.invalidateQueries({ queryKey: ["templates"] });
  };
  const facts: readonly Column<Template>[] = [
    { title: "Image", cell: nameOf, sort: nameOf },
    { title: "Id", isMinor: true, cell: ({ id }) => <code>{id}</code> },
    {
      title: "For machines with",
      isMinor: true,
      cell: ({ config }) =>
        Object.entries(config)
          .map(([key, value]) => `${key}=${value}`)
          .join(" ") || "nothing special",
    },
    { title: "On disk", cell: ({ size }) => formatBytes(size), sort: ({ size }) => size, isNumber: true },
    { title: "Stand ready", cell: ({ ready }) => ready, sort: ({ ready }) => ready, isNumber: true },
    { title: "Last used", isMinor: true, cell: ({ last_used_at }) => formatAgo(last_used_at) || "never" },
    { title: "Made by", isMinor: true, cell: ({ tool }) => tool },
  ];
  const actions: Column<Template> = {
    title: "Actions",
    cell: (template) => <RowButton title="Delete" of={template.id} isDanger onClick={() => setDeleting(template)} />,
  };
  const build = may("manage") && <Button onClick={() => setBuilding(true)}>Build template</Button>;
  return (
    <PlainPage title="Templates" actions={build}>
      <p className="lodge-hint">
        A template is a virtual machine that has booted and waits: launches of such machines begin as forks of it,
        within a moment. The first launch leaves one by itself; one that is built ahead makes the first fast, too.
      </p>
      <Loaded query={query} what="Templates">
        {(templates) => (
          <>
            <Meter
              label="Templates on disk"
              value={sumOf(templates)}
              most={budget}
              words={`${formatBytes(sumOf(templates))} of ${formatBytes(budget)}`}
            />
            {templates.length === 0 ? (
              <Nothing title="There are no templates" action={build}>
                Launch a virtual machine, or build a template of its image.
              </Nothing>
            ) : (
              <DataTable
                label="Templates"
                columns={may("manage") ? [...facts, actions] : facts}
                rows={templates}
                keyOf={({ id }) => id}
              />
            )}
          </>
        )}
      </Loaded>
      {building && <BuildTemplate onClose={() => setBuilding(false)} />}
      {deleting && (
        <Confirm
          title={`Delete the template of ${nameOf(deleting)}?`}
          verb="Delete"
          onClose={() => setDeleting(undefined)}
          onConfirm={() => void remove(deleting)}
        >
          Machines that began as forks of it go on. The next launch boots, and leaves another.
        </Confirm>
      )}
    </PlainPage>
  );
}

const sumOf = (templates: readonly Template[]): number => templates.reduce((sum, { size }) => sum + size, 0);

function BuildTemplate({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const images = (useImages().data ?? []).filter(({ type }) => type === "virtual-machine");
  const profiles = (useProfiles().data ?? []).map(({ name }) => name);
  const [chosen, setImage] = useState("");
  const [profile, setProfile] = useState("default");
  const fingerprint = chosen || images[0]?.fingerprint || "";
  return (
    <FormDialog
      title="Build a template"
      verb="Build"
      isReady={fingerprint !== ""}
      onSubmit={() => client.templates.build({ source: { type: "image", fingerprint }, profiles: [profile] })}
      onClose={onClose}
    >
      <ChoiceField
        label="Image"
        value={fingerprint}
        options={images.map((image): [string, string] => [image.fingerprint, imageTitle(image)])}
        onChange={setImage}
        {...(images.length === 0 && { error: "There is no image of a virtual machine." })}
      />
      <ChoiceField
        label="For machines with profile"
        value={profile}
        options={profiles}
        onChange={setProfile}
        hint="Machines of any memory and number of processors fork from the same template."
      />
    </FormDialog>
  );
}
