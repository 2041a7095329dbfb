import type { Network } from "@lodge/api";
import { networkConfigKeys } from "@lodge/api/network-keys";
import { Button, Title } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { FactList } from "../parts/fact-list.tsx";
import { InstanceLinks } from "../parts/instance-links.tsx";
import { Loaded, PlainPage } from "../parts/page.tsx";
import { SettingsDialog } from "../parts/settings-dialog.tsx";
import { useActions } from "../server/actions.tsx";
import { useNetworks } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";
import { Forwards } from "./forwards.tsx";

export function NetworkPage() {
  const { name = "" } = useParams({ strict: false });
  const { client } = useServer();
  const may = useMay();
  const navigate = useNavigate();
  const { run } = useActions();
  const [doing, setDoing] = useState<"edit" | "delete">();
  const all = useNetworks();
  const network = all.data?.find((each) => each.name === name);
  const close = () => setDoing(undefined);
  const remove = async () => {
    if (await run(`Delete network ${name}`, () => client.networks.delete(name))) await navigate({ to: "/networks" });
  };
  return (
    <PlainPage
      title={name}
      actions={
        may("administer") &&
        network?.managed && (
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
        <Link to="/networks">Networks</Link> / {name}
      </nav>
      <Loaded query={all} what="Networks">
        {() =>
          network ? <About network={network} isAdmin={may("administer")} /> : <p>There is no network "{name}".</p>
        }
      </Loaded>
      {network && doing === "edit" && <NetworkSettings network={network} onClose={close} />}
      {network && doing === "delete" && (
        <Confirm title={`Delete network ${name}?`} verb="Delete" onClose={close} onConfirm={() => void remove()}>
          {network.used_by.length > 0
            ? `${network.used_by.length} use it: the server refuses it until none does.`
            : "Nothing uses it."}
        </Confirm>
      )}
    </PlainPage>
  );
}

function About({ network, isAdmin }: { readonly network: Network; readonly isAdmin: boolean }) {
  const { name, description, config, used_by } = network;
  const { client } = useServer();
  const state = useQuery({
    queryKey: ["networks", name, "state"],
    queryFn: () => client.networks.state(name),
    refetchInterval: 5000,
  }).data;
  return (
    <>
      <FactList
        facts={[
          ...(description ? [["Description", description] as const] : []),
          ["State", state?.state ?? ""],
          ["IPv4", config["ipv4.address"] ?? "none"],
          ["IPv6", config["ipv6.address"] ?? "none"],
          [
            "Traffic",
            state
              ? `${formatBytes(state.counters.bytes_received)} in, ${formatBytes(state.counters.bytes_sent)} out`
              : "",
          ],
          ["Used by", <InstanceLinks key="used" urls={used_by} />],
        ]}
      />
      {isAdmin && network.managed && (
        <>
          <Leases network={name} />
          <Forwards network={name} />
        </>
      )}
    </>
  );
}

function Leases({ network }: { readonly network: string }) {
  const { client } = useServer();
  const query = useQuery({
    queryKey: ["networks", network, "leases"],
    queryFn: () => client.networks.leases(network),
    refetchInterval: 10_000,
  });
  return (
    <section className="lodge-part">
      <Title headingLevel="h2" size="lg">
        Addresses
      </Title>
      <Loaded query={query} what="Addresses">
        {(leases) =>
          leases.length === 0 ? (
            <p className="lodge-hint">No instance has one here.</p>
          ) : (
            <DataTable
              label="Addresses"
              rows={leases}
              keyOf={({ hwaddr, address }) => `${hwaddr} ${address}`}
              columns={[
                {
                  title: "Name",
                  sort: ({ hostname }) => hostname,
                  cell: ({ hostname }) => hostname,
                },
                { title: "Address", cell: ({ address }) => <code>{address}</code>, sort: ({ address }) => address },
                { title: "MAC", isMinor: true, cell: ({ hwaddr }) => <code>{hwaddr}</code> },
                {
                  title: "Kind",
                  isMinor: true,
                  cell: ({ type }) => (type === "static" ? "asked for" : "chosen by Lodge"),
                },
              ]}
            />
          )
        }
      </Loaded>
    </section>
  );
}

function NetworkSettings({ network, onClose }: { readonly network: Network; readonly onClose: () => void }) {
  const { client } = useServer();
  const { name } = network;
  return (
    <SettingsDialog
      what={`network ${name}`}
      keys={networkConfigKeys}
      current={network}
      read={() => client.networks.getTagged(name)}
      onSave={(settings, tag) => client.networks.update(name, settings, tag)}
      onClose={onClose}
    />
  );
}
