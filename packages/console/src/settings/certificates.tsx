import type { Certificate } from "@lodge/api";
import { Button } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { LongTextField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { Loaded, Nothing } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { useTag } from "../parts/use-tag.ts";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { areRights, putOf, type Rights, RoleFields, rightsOf } from "./role-fields.tsx";

type Doing = { readonly verb: "add" } | { readonly verb: "edit" | "remove"; readonly certificate: Certificate };

/** Whoever is trusted by HTTPS. */
export function Certificates() {
  const { client } = useServer();
  const { run } = useActions();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const query = useQuery({ queryKey: ["certificates"], queryFn: () => client.certificates.list() });
  const columns: readonly Column<Certificate>[] = [
    { title: "Name", cell: ({ name }) => name, sort: ({ name }) => name },
    {
      title: "May",
      cell: (each) => (each.type === "metrics" ? "read the metrics" : rightsOf(each).role),
      sort: (each) => rightsOf(each).role,
    },
    { title: "In projects", cell: ({ restricted, projects }) => (restricted ? projects.join(", ") : "all") },
    { title: "Fingerprint", isMinor: true, cell: ({ fingerprint }) => <code>{fingerprint.slice(0, 12)}</code> },
    {
      title: "Actions",
      cell: (certificate) => (
        <>
          {certificate.type === "client" && (
            <RowButton title="Change" of={certificate.name} onClick={() => setDoing({ verb: "edit", certificate })} />
          )}
          <RowButton
            title="Remove"
            of={certificate.name}
            isDanger
            onClick={() => setDoing({ verb: "remove", certificate })}
          />
        </>
      ),
    },
  ];
  const add = <Button onClick={() => setDoing({ verb: "add" })}>Add a certificate</Button>;
  return (
    <>
      <div className="lodge-actions">{add}</div>
      <Loaded query={query} what="Certificates">
        {(certificates) =>
          certificates.length === 0 ? (
            <Nothing title="Nobody is trusted by HTTPS">
              Only users of the host's own socket are, and sessions by a link. Make a token for somebody, or add a
              certificate.
            </Nothing>
          ) : (
            <DataTable
              label="Certificates"
              columns={columns}
              rows={certificates}
              keyOf={({ fingerprint }) => fingerprint}
            />
          )
        }
      </Loaded>
      {doing?.verb === "add" && <AddCertificate onClose={close} />}
      {doing?.verb === "edit" && <ChangeCertificate certificate={doing.certificate} onClose={close} />}
      {doing?.verb === "remove" && (
        <Confirm
          title={`Trust ${doing.certificate.name} no more?`}
          verb="Remove"
          onClose={close}
          onConfirm={() =>
            void run(`Remove certificate ${doing.certificate.name}`, () =>
              client.certificates.remove(doing.certificate.fingerprint),
            )
          }
        >
          Whoever has its key is a stranger at once; terminals that are open end.
        </Confirm>
      )}
    </>
  );
}

function AddCertificate({ onClose }: { readonly onClose: () => void }) {
  const { client } = useServer();
  const [name, setName] = useState("");
  const [certificate, setCertificate] = useState("");
  const [rights, setRights] = useState<Rights>({ role: "viewer", projects: ["default"] });
  return (
    <FormDialog
      title={`Trust ${name}`}
      heading="Add a certificate"
      verb="Add"
      isReady={certificate.trim() !== "" && areRights(rights)}
      onSubmit={() => client.certificates.add({ name, certificate, ...putOf(rights) })}
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} autoFocus />
      <LongTextField
        label="Certificate"
        isRequired
        value={certificate}
        onChange={setCertificate}
        placeholder="-----BEGIN CERTIFICATE-----"
        hint="As PEM, without its key: of a browser, of lodge, lxc or incus (client.crt)."
      />
      <RoleFields rights={rights} onChange={setRights} />
    </FormDialog>
  );
}

interface ChangeCertificateProps {
  readonly certificate: Certificate;
  readonly onClose: () => void;
}

function ChangeCertificate({ certificate, onClose }: ChangeCertificateProps) {
  const { client } = useServer();
  const { fingerprint } = certificate;
  const [name, setName] = useState(certificate.name);
  const [rights, setRights] = useState<Rights>(rightsOf(certificate));
  const tag = useTag(() => client.certificates.getTagged(fingerprint));
  return (
    <FormDialog
      title={`Change ${certificate.name}`}
      verb="Save"
      isReady={areRights(rights)}
      onSubmit={async () =>
        client.certificates.update(fingerprint, { name, type: "client", ...putOf(rights) }, await tag)
      }
      onClose={onClose}
    >
      <TextField label="Name" value={name} onChange={setName} />
      <RoleFields rights={rights} onChange={setRights} />
    </FormDialog>
  );
}
