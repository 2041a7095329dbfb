import type { Image } from "@lodge/api";
import { Button } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { BuildImage } from "../images/build-image.tsx";
import { CopyImage } from "../images/copy-image.tsx";
import { ImageProperties } from "../images/image-properties.tsx";
import { PublishImage } from "../images/publish-image.tsx";
import { UploadImage } from "../images/upload-image.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { imageTitle } from "../parts/image-title.ts";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { RowButton } from "../parts/row-button.tsx";
import { typeWords } from "../parts/state-label.tsx";
import { useActions } from "../server/actions.tsx";
import { useImages } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatAgo, formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";

type Doing =
  | { readonly verb: "copy" | "build" | "upload" | "publish" }
  | { readonly verb: "properties" | "delete"; readonly image: Image };

const facts: readonly Column<Image>[] = [
  { title: "Name", cell: imageTitle, sort: imageTitle },
  {
    title: "Description",
    isMinor: true,
    cell: ({ properties: { description = "" } }) => <span title={description}>{description}</span>,
  },
  { title: "Type", isMinor: true, cell: ({ type }) => typeWords[type], sort: ({ type }) => type, width: "5rem" },
  {
    title: "Size",
    isMinor: true,
    cell: ({ size }) => formatBytes(size),
    sort: ({ size }) => size,
    isNumber: true,
    width: "5rem",
  },
  {
    title: "Here since",
    isMinor: true,
    cell: ({ uploaded_at }) => formatAgo(uploaded_at),
    sort: ({ uploaded_at }) => uploaded_at,
  },
  {
    title: "Fingerprint",
    isMinor: true,
    width: "9rem",
    cell: ({ fingerprint }) => <code>{fingerprint.slice(0, 12)}</code>,
  },
];

export function Images() {
  const { client } = useServer();
  const { run } = useActions();
  const may = useMay();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const actions: Column<Image> = {
    title: "Actions",
    width: "16rem",
    cell: (image) => {
      const title = imageTitle(image);
      return (
        <>
          <Link to="/create" search={{ image: image.fingerprint }} className="lodge-row-button">
            Create instance<span className="lodge-unseen"> of {title}</span>
          </Link>
          <RowButton title="Properties" of={title} onClick={() => setDoing({ verb: "properties", image })} />
          {image.update_source?.alias && (
            <RowButton
              title="Refresh"
              of={title}
              onClick={() => void run(`Refresh ${title}`, () => client.images.refresh(image.fingerprint))}
            />
          )}
          <RowButton title="Delete" of={title} isDanger onClick={() => setDoing({ verb: "delete", image })} />
        </>
      );
    },
  };
  const buttons = may("manage") && (
    <>
      {may("administer") && <Button onClick={() => setDoing({ verb: "copy" })}>Get from a server</Button>}
      {may("administer") && (
        <Button variant="secondary" onClick={() => setDoing({ verb: "build" })}>
          Build
        </Button>
      )}
      <Button variant="secondary" onClick={() => setDoing({ verb: "upload" })}>
        Upload
      </Button>
      <Button variant="secondary" onClick={() => setDoing({ verb: "publish" })}>
        Make of an instance
      </Button>
    </>
  );
  return (
    <PlainPage title="Images" actions={buttons}>
      <Loaded query={useImages()} what="Images">
        {(images) =>
          images.length === 0 ? (
            <Nothing title="There are no images">
              Instances are made of images: root file systems of containers, and disks of virtual machines. Get one from
              a server, or build one here.
            </Nothing>
          ) : (
            <DataTable
              label="Images"
              columns={may("manage") ? [...facts, actions] : facts}
              rows={images}
              keyOf={({ fingerprint }) => fingerprint}
            />
          )
        }
      </Loaded>
      {doing?.verb === "copy" && <CopyImage onClose={close} />}
      {doing?.verb === "build" && <BuildImage onClose={close} />}
      {doing?.verb === "upload" && <UploadImage onClose={close} />}
      {doing?.verb === "publish" && <PublishImage onClose={close} />}
      {doing?.verb === "properties" && <ImageProperties image={doing.image} onClose={close} />}
      {doing?.verb === "delete" && (
        <Confirm
          title={`Delete ${imageTitle(doing.image)}?`}
          verb="Delete"
          confirmWith={doing.image.update_source ? undefined : shortName(doing.image)}
          onClose={close}
          onConfirm={() =>
            void run(`Delete image ${imageTitle(doing.image)}`, () => client.images.delete(doing.image.fingerprint))
          }
        >
          Instances that were made of it go on; new ones cannot be made until it is here again
          {doing.image.update_source ? `, from ${doing.image.update_source.server}.` : ", and it came from no server."}
        </Confirm>
      )}
    </PlainPage>
  );
}

/** That somebody can type. */
const shortName = ({ aliases, fingerprint }: Image): string => aliases[0]?.name ?? fingerprint.slice(0, 12);
