import type { Image } from "@lodge/api";
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { imageTitle as imageName } from "../parts/image-title.ts";
import { Loaded, Nothing, PlainPage } from "../parts/page.tsx";
import { typeWords } from "../parts/state-label.tsx";
import { useActions } from "../server/actions.tsx";
import { useImages } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatAgo, formatBytes } from "../server/units.ts";
import { useMay } from "../server/user.ts";

export function Images() {
  const { client } = useServer();
  const { run } = useActions();
  const may = useMay();
  const [deleting, setDeleting] = useState<Image>();
  const columns: readonly Column<Image>[] = [
    { title: "Name", cell: (image) => imageName(image), sort: imageName },
    { title: "Description", cell: ({ properties }) => properties["description"] ?? "" },
    { title: "Type", cell: ({ type }) => typeWords[type], sort: ({ type }) => type, width: "8rem" },
    { title: "Size", cell: ({ size }) => formatBytes(size), sort: ({ size }) => size, isNumber: true, width: "8rem" },
    { title: "Here since", cell: ({ uploaded_at }) => formatAgo(uploaded_at), sort: ({ uploaded_at }) => uploaded_at },
    { title: "Fingerprint", cell: ({ fingerprint }) => <code>{fingerprint.slice(0, 12)}</code> },
    ...(may("manage")
      ? [
          {
            title: "Actions",
            width: "7rem",
            cell: (image: Image) => (
              <Button variant="link" isInline isDanger onClick={() => setDeleting(image)}>
                Delete<span className="lodge-unseen"> {imageName(image)}</span>
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <PlainPage title="Images">
      <Loaded query={useImages()} what="Images">
        {(images) =>
          images.length === 0 ? (
            <Nothing title="There are no images">
              Instances are made of images. Build one (<code>lodge image build debian/12</code>) or bring one from a
              server (<code>lodge image copy images:debian/12 local:</code>).
            </Nothing>
          ) : (
            <DataTable label="Images" columns={columns} rows={images} keyOf={({ fingerprint }) => fingerprint} />
          )
        }
      </Loaded>
      {deleting && (
        <Confirm
          title={`Delete ${imageName(deleting)}?`}
          verb="Delete"
          onClose={() => setDeleting(undefined)}
          onConfirm={() =>
            void run(`Delete image ${imageName(deleting)}`, () => client.images.delete(deleting.fingerprint))
          }
        >
          Instances that were made of it go on; new ones cannot be made until it is here again.
        </Confirm>
      )}
    </PlainPage>
  );
}
