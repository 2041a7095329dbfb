import type { FileEntry } from "@lodge/api";
import { Button } from "@patternfly/react-core";
import { FileIcon } from "@patternfly/react-icons/dist/esm/icons/file-icon";
import { FolderIcon } from "@patternfly/react-icons/dist/esm/icons/folder-icon";
import { LinkIcon } from "@patternfly/react-icons/dist/esm/icons/link-icon";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { formatBytes, formatTime } from "../../server/units.ts";
import { modeWords } from "./paths.ts";

export interface EntryActions {
  readonly open: (entry: FileEntry) => void;
  readonly download: (entry: FileEntry) => void;
  readonly rename: (entry: FileEntry) => void;
  readonly remove: (entry: FileEntry) => void;
}

const icons = { directory: <FolderIcon />, symlink: <LinkIcon />, file: <FileIcon />, other: <FileIcon /> };
const typeWords = { directory: "directory", symlink: "link", file: "", other: "device, pipe or socket" } as const;

interface DirectoryTableProps extends EntryActions {
  readonly path: string;
  readonly entries: readonly FileEntry[];
}

export function DirectoryTable({ path, entries, ...actions }: DirectoryTableProps) {
  // Directories first, as everywhere.
  const rows = [
    ...entries.filter(({ type }) => type === "directory"),
    ...entries.filter(({ type }) => type !== "directory"),
  ];
  return <DataTable label={`What is in ${path}`} columns={columnsOf(actions)} rows={rows} keyOf={({ name }) => name} />;
}

function columnsOf({ open, download, rename, remove }: EntryActions): readonly Column<FileEntry>[] {
  return [
    {
      title: "Name",
      sort: ({ name }) => name,
      cell: (entry) => (
        <Button
          variant="link"
          isInline
          icon={icons[entry.type]}
          isDisabled={entry.type === "other"}
          onClick={() => open(entry)}
        >
          {entry.name}
          {typeWords[entry.type] && <span className="lodge-unseen">, {typeWords[entry.type]}</span>}
        </Button>
      ),
    },
    {
      title: "Size",
      isNumber: true,
      width: "7rem",
      sort: ({ type, size }) => (type === "file" ? size : -1),
      cell: ({ type, size }) => (type === "file" ? formatBytes(size) : ""),
    },
    {
      title: "Changed",
      width: "13rem",
      sort: ({ modified_at }) => modified_at,
      cell: ({ modified_at }) => formatTime(modified_at),
    },
    { title: "Owner", width: "7rem", sort: ({ uid }) => uid, cell: ({ uid, gid }) => `${uid}:${gid}` },
    { title: "Mode", width: "8rem", cell: ({ mode }) => <code>{modeWords(mode)}</code> },
    {
      title: "Actions",
      width: "15rem",
      cell: (entry) => (
        <span className="lodge-row-actions">
          {entry.type !== "other" && entry.type !== "directory" && (
            <RowAction verb="Download" of={entry} act={download} />
          )}
          <RowAction verb="Rename" of={entry} act={rename} />
          <RowAction verb="Delete" of={entry} act={remove} isDanger />
        </span>
      ),
    },
  ];
}

interface RowActionProps {
  readonly verb: string;
  readonly of: FileEntry;
  readonly act: (entry: FileEntry) => void;
  readonly isDanger?: boolean;
}

function RowAction({ verb, of, act, isDanger = false }: RowActionProps) {
  return (
    <Button variant="link" isInline isDanger={isDanger} onClick={() => act(of)}>
      {verb}
      <span className="lodge-unseen"> {of.name}</span>
    </Button>
  );
}
