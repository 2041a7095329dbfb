import type { Pool } from "@lodge/api";
import { poolConfigKeys } from "@lodge/api/pool-keys";
import { Button } from "@patternfly/react-core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { FactList } from "../parts/fact-list.tsx";
import { InstanceLinks } from "../parts/instance-links.tsx";
import { Meter } from "../parts/meter.tsx";
import { Loaded, PlainPage } from "../parts/page.tsx";
import { SettingsDialog } from "../parts/settings-dialog.tsx";
import { useActions } from "../server/actions.tsx";
import { usePoolSpace, usePools } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";
import { Volumes } from "./volume-list.tsx";

export function PoolPage() {
  const { pool: name = "" } = useParams({ strict: false });
  const { client } = useServer();
  const may = useMay();
  const navigate = useNavigate();
  const { run } = useActions();
  const [doing, setDoing] = useState<"edit" | "delete">();
  const all = usePools();
  const pool = all.data?.find((each) => each.name === name);
  const remove = async () => {
    if (await run(`Delete pool ${name}`, () => client.pools.delete(name))) await navigate({ to: "/storage" });
  };
  return (
    <PlainPage
      title={name}
      actions={
        may("administer") &&
        pool && (
          <>
            <Button variant="secondary" onClick={() => setDoing("edit")}>
              Settings
            </Button>
            <Button variant="danger" onClick={() => setDoing("delete")}>
              Delete
            </Button>
          </>
        )
      }
    >
      <nav aria-label="Where you are">
        <Link to="/storage">Storage</Link> / {name}
      </nav>
      <Loaded query={all} what="Storage pools">
        {() => (pool ? <About pool={pool} /> : <p>There is no storage pool "{name}".</p>)}
      </Loaded>
      {pool && doing === "edit" && <PoolSettings pool={pool} onClose={() => setDoing(undefined)} />}
      {pool && doing === "delete" && (
        <Confirm
          title={`Delete pool ${name}?`}
          verb="Delete"
          onClose={() => setDoing(undefined)}
          onConfirm={() => void remove()}
        >
          {pool.used_by.length > 0
            ? `${pool.used_by.length} use it: the server refuses it until none does.`
            : "Nothing lies in it."}
        </Confirm>
      )}
    </PlainPage>
  );
}

const copies = {
  instant: "in a moment, and take no space",
  shared: "by file, sharing what does not change",
  full: "in full: each takes the space again",
} as const;

function About({ pool }: { readonly pool: Pool }) {
  const { name, driver, status, problem, description, features, used_by } = pool;
  const space = usePoolSpace([name]).data?.[0]?.space;
  return (
    <>
      {space && (
        <Meter
          label="Space"
          value={space.used}
          most={space.total}
          words={`${formatBytes(space.used)} of ${formatBytes(space.total)}`}
        />
      )}
      <FactList
        facts={[
          ...(description ? [["Description", description] as const] : []),
          ["Driver", driver],
          ["State", problem ? `${status}: ${problem}` : status],
          ...(features ? [["Copies", copies[features.container_copies]] as const] : []),
          ["Used by", <InstanceLinks key="used" urls={used_by} />],
        ]}
      />
      {status === "Created" && <Volumes pool={name} />}
    </>
  );
}

function PoolSettings({ pool, onClose }: { readonly pool: Pool; readonly onClose: () => void }) {
  const { client } = useServer();
  const { name } = pool;
  const keys = (poolConfigKeys[pool.driver] ?? []).filter(({ change }) => change !== undefined);
  return (
    <SettingsDialog
      what={`pool ${name}`}
      keys={keys}
      current={pool}
      read={() => client.pools.getTagged(name)}
      onSave={(settings, tag) => client.pools.update(name, settings, tag)}
      onClose={onClose}
    />
  );
}
