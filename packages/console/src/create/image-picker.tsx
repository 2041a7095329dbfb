import type { Image, InstanceType } from "@lodge/api";
import { Button, SearchInput, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { useMemo, useState } from "react";
import { ChoiceField, TextField } from "../parts/fields.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { imageTitle } from "../parts/image-title.ts";
import { Loaded, Nothing } from "../parts/page.tsx";
import { useImages } from "../server/queries.ts";
import { formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";
import type { ChosenImage } from "./draft.ts";
import { type ImageServer, useImageServers, useOffered } from "./image-servers.ts";

interface ImagePickerProps {
  readonly type: InstanceType;
  /** Of the host, as images name it. */
  readonly architecture: string;
  readonly chosen: ChosenImage | undefined;
  readonly onChoose: (image: ChosenImage) => void;
  /** Those of this host are not to choose from. */
  readonly isRemoteOnly?: boolean;
}

/** Images of this host, and of servers that the daemon fetches from. */
export function ImagePicker({ type, architecture, chosen, onChoose, isRemoteOnly = false }: ImagePickerProps) {
  const may = useMay();
  const { servers, add, remove } = useImageServers();
  const [serverName, setServer] = useState("");
  const [search, setSearch] = useState("");
  const [arch, setArch] = useState(architecture);
  const [adding, setAdding] = useState(false);
  const server = servers.find(({ name }) => name === serverName) ?? (isRemoteOnly ? servers[0] : undefined);
  const local = useImages();
  const offered = useOffered(server);
  const query = server ? offered : local;
  const all = query.data ?? [];
  const architectures = [...new Set([architecture, ...all.map((image) => image.architecture)])].sort();
  return (
    <>
      <div className="lodge-toolbar">
        <ToggleGroup aria-label="Where images come from">
          {!isRemoteOnly && <ToggleGroupItem text="On this host" isSelected={!server} onChange={() => setServer("")} />}
          {may("administer") &&
            servers.map(({ name }) => (
              <ToggleGroupItem
                key={name}
                text={name}
                isSelected={server?.name === name}
                onChange={() => setServer(name)}
              />
            ))}
        </ToggleGroup>
        <SearchInput
          aria-label="Search images"
          placeholder="System, release or name"
          value={search}
          onChange={(_event, value) => setSearch(value)}
          onClear={() => setSearch("")}
        />
        {architectures.length > 1 && (
          <ChoiceField
            label="Architecture"
            value={arch}
            options={[["", "All"] as const, ...architectures]}
            onChange={setArch}
          />
        )}
        {may("administer") && (
          <Button variant="link" onClick={() => setAdding(true)}>
            Add a server
          </Button>
        )}
        {server && (
          <Button variant="link" onClick={() => remove(server.name)}>
            Forget {server.name}
          </Button>
        )}
      </div>
      <Loaded query={query} what={server ? `What ${server.url} offers` : "Images"}>
        {(images) => (
          <Offers
            images={images}
            {...{ type, arch, search, server, chosen, onChoose }}
            hint={server ? undefined : "Choose one of a server, or build one under Images."}
          />
        )}
      </Loaded>
      {adding && (
        <AddServer
          onClose={() => setAdding(false)}
          onAdd={(next) => {
            add(next);
            setServer(next.name);
          }}
        />
      )}
    </>
  );
}

interface OffersProps extends Omit<ImagePickerProps, "architecture" | "isRemoteOnly"> {
  readonly images: readonly Image[];
  readonly arch: string;
  readonly search: string;
  readonly server: ImageServer | undefined;
  readonly hint: string | undefined;
}

/** Shown at once: who wants more searches. */
const most = 60;

function Offers({ images, type, arch, search, server, chosen, onChoose, hint }: OffersProps) {
  const fitting = useMemo(() => matching(images, { type, arch, search }), [images, type, arch, search]);
  if (fitting.length === 0) {
    return (
      <Nothing title="No image fits">
        {images.length === 0 ? "There are none here." : "None has that type, architecture and name."} {hint}
      </Nothing>
    );
  }
  const choice = (image: Image): ChosenImage => ({
    ...{ name: imageTitle(image), fingerprint: image.fingerprint, type: image.type },
    ...(server && { server: { url: server.url, protocol: server.protocol } }),
  });
  return (
    <>
      <ul className="lodge-offers" aria-label="Images">
        {fitting.slice(0, most).map((image) => (
          <li key={image.fingerprint}>
            <label className="lodge-offer" data-chosen={chosen?.fingerprint === image.fingerprint}>
              <input
                type="radio"
                name="image"
                checked={chosen?.fingerprint === image.fingerprint}
                onChange={() => onChoose(choice(image))}
              />
              <strong>{imageTitle(image)}</strong>
              <span className="lodge-hint">
                {[image.properties["description"], image.architecture, formatBytes(image.size)]
                  .filter(Boolean)
                  .join(", ")}
              </span>
            </label>
          </li>
        ))}
      </ul>
      {fitting.length > most && (
        <p className="lodge-hint">
          {most} of {fitting.length}: search for the others.
        </p>
      )}
    </>
  );
}

interface Wanted {
  readonly type: InstanceType;
  readonly arch: string;
  readonly search: string;
}

export function matching(images: readonly Image[], { type, arch, search }: Wanted): readonly Image[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return images
    .filter((image) => image.type === type && (!arch || image.architecture === arch))
    .filter(({ aliases, properties, fingerprint }) => {
      const text = [fingerprint, ...aliases.map(({ name }) => name), ...Object.values(properties)]
        .join(" ")
        .toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .toSorted((a, b) => imageTitle(a).localeCompare(imageTitle(b), undefined, { numeric: true }));
}

interface AddServerProps {
  readonly onAdd: (server: ImageServer) => void;
  readonly onClose: () => void;
}

export function AddServer({ onAdd, onClose }: AddServerProps) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [protocol, setProtocol] = useState<ImageServer["protocol"]>("simplestreams");
  return (
    <FormDialog
      title={`Add ${name || "a server of images"}`}
      heading="Add a server of images"
      verb="Add"
      isReady={name !== "" && URL.canParse(url)}
      onClose={onClose}
      onSubmit={async () => onAdd({ name, url: url.replace(/\/+$/, ""), protocol })}
    >
      <TextField label="Name" value={name} onChange={setName} isRequired autoFocus hint="As you call it." />
      <TextField
        label="Address"
        value={url}
        onChange={setUrl}
        isRequired
        placeholder="https://images.example.com"
        hint="The daemon fetches from there; this browser only remembers it."
      />
      <ChoiceField
        label="It speaks"
        value={protocol}
        options={[
          ["simplestreams", "simplestreams: a server of images"],
          ["lxd", "Lodge's, LXD's or Incus's API: public images of another host"],
        ]}
        onChange={(value) => setProtocol(value as ImageServer["protocol"])}
      />
    </FormDialog>
  );
}
