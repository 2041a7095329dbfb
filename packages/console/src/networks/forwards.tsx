import type { NetworkForward, NetworkForwardPort } from "@lodge/api";
import { Button, Title } from "@patternfly/react-core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { DataTable } from "../parts/data-table.tsx";
import { ChoiceField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { Loaded } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";

interface Row {
  readonly forward: NetworkForward;
  readonly port: NetworkForwardPort | undefined;
}

/** Ports of addresses of the host that lead to instances. */
export function Forwards({ network }: { readonly network: string }) {
  const { client } = useServer();
  const { run } = useActions();
  const cache = useQueryClient();
  const [adding, setAdding] = useState(false);
  const key = ["networks", network, "forwards"];
  const query = useQuery({ queryKey: key, queryFn: () => client.networks.forwards.list(network) });
  const remove = async ({ forward, port }: Row) => {
    const { listen_address, description, config } = forward;
    const ports = forward.ports.filter((each) => each !== port);
    await run(`Remove a forward of ${listen_address}`, () =>
      ports.length > 0
        ? client.networks.forwards.update(network, listen_address, { description, config, ports })
        : client.networks.forwards.delete(network, listen_address),
    );
    await cache.invalidateQueries({ queryKey: key });
  };
  return (
    <section className="lodge-part">
      <div className="lodge-heading">
        <Title headingLevel="h2" size="lg">
          Forwards
        </Title>
        <Button variant="secondary" onClick={() => setAdding(true)}>
          Add a forward
        </Button>
      </div>
      <Loaded query={query} what="Forwards">
        {(forwards) =>
          forwards.length === 0 ? (
            <p className="lodge-hint">
              None: nothing outside reaches instances here by an address of the host. A forward lets a port of such an
              address lead to an instance.
            </p>
          ) : (
            <DataTable<Row>
              label="Forwards"
              rows={forwards.flatMap((forward) =>
                forward.ports.length > 0
                  ? forward.ports.map((port): Row => ({ forward, port }))
                  : [{ forward, port: undefined }],
              )}
              keyOf={({ forward, port }) => `${forward.listen_address} ${port?.protocol} ${port?.listen_port}`}
              columns={[
                {
                  title: "From",
                  cell: ({ forward, port }) => (
                    <code>
                      {forward.listen_address}
                      {port && ` ${port.protocol} ${port.listen_port}`}
                    </code>
                  ),
                },
                {
                  title: "To",
                  cell: ({ forward, port }) => (
                    <code>
                      {port
                        ? `${port.target_address} ${port.target_port || port.listen_port}`
                        : (forward.config["target_address"] ?? "")}
                    </code>
                  ),
                },
                {
                  title: "Description",
                  isMinor: true,
                  cell: ({ forward, port }) => port?.description || forward.description,
                },
                {
                  title: "Actions",
                  cell: (row) => (
                    <RowButton
                      title="Remove"
                      of={`${row.forward.listen_address} ${row.port?.listen_port ?? ""}`}
                      isDanger
                      onClick={() => void remove(row)}
                    />
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {adding && (
        <AddForward
          network={network}
          forwards={query.data ?? []}
          onClose={() => setAdding(false)}
          onDone={() => void cache.invalidateQueries({ queryKey: key })}
        />
      )}
    </section>
  );
}

interface AddForwardProps {
  readonly network: string;
  readonly forwards: readonly NetworkForward[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function AddForward({ network, forwards, onClose, onDone }: AddForwardProps) {
  const { client } = useServer();
  const leases = useQuery({
    queryKey: ["networks", network, "leases"],
    queryFn: () => client.networks.leases(network),
  });
  const [listen, setListen] = useState("");
  const [protocol, setProtocol] = useState("tcp");
  const [listenPort, setListenPort] = useState("");
  const [targetPort, setTargetPort] = useState("");
  const [chosen, setTarget] = useState("");
  const targets = (leases.data ?? []).map(({ hostname, address }): [string, string] => [
    address,
    `${hostname}, ${address}`,
  ]);
  const target = chosen || targets[0]?.[0] || "";
  const submit = async () => {
    const port: NetworkForwardPort = {
      ...{ description: "", protocol: protocol === "udp" ? "udp" : "tcp", target_address: target },
      ...{ listen_port: listenPort, target_port: targetPort },
    };
    const there = forwards.find(({ listen_address }) => listen_address === listen);
    if (!there) return client.networks.forwards.create(network, { listen_address: listen, ports: [port] });
    const { description, config, ports } = there;
    return client.networks.forwards.update(network, listen, { description, config, ports: [...ports, port] });
  };
  return (
    <FormDialog
      title={`Forward ${listen} ${listenPort}`}
      heading="Add a forward"
      verb="Add"
      isReady={listen !== "" && listenPort !== "" && target !== ""}
      onSubmit={submit}
      {...{ onClose, onDone }}
    >
      <div className="lodge-side-by-side">
        <TextField label="Address" value={listen} onChange={setListen} isRequired autoFocus hint="Of the host." />
        <ChoiceField label="Protocol" value={protocol} options={["tcp", "udp"]} onChange={setProtocol} />
        <TextField
          label="Port"
          value={listenPort}
          onChange={setListenPort}
          isRequired
          hint="80, or 80,443, or 8000-8009"
        />
      </div>
      <div className="lodge-side-by-side">
        <ChoiceField label="Leads to" value={target} options={targets} onChange={setTarget} />
        <TextField label="Its port" value={targetPort} onChange={setTargetPort} placeholder={listenPort} />
      </div>
    </FormDialog>
  );
}
