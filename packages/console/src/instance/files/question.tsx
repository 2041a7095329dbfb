import type { FileEntry } from "@lodge/api";
import { AskText } from "../../parts/ask-text.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import type { Incoming } from "./dropped.ts";
import { nameProblem } from "./paths.ts";

/** What is asked before it is done. */
export type Asked =
  | { readonly what: "directory" | "file" }
  | { readonly what: "rename" | "delete"; readonly entry: FileEntry }
  | { readonly what: "replace"; readonly uploads: readonly Incoming[] };

/** What a file is, or is in, directly beneath the directory into which it goes. */
export const topOf = ({ path }: Incoming): string => path.split("/")[0] ?? path;

interface QuestionProps {
  readonly asked: Asked;
  readonly path: string;
  /** Names that are taken in the directory. */
  readonly taken: ReadonlySet<string>;
  readonly onMake: (directory: string) => void;
  readonly onWrite: (file: string) => void;
  readonly onRename: (entry: FileEntry, to: string) => void;
  readonly onRemove: (entry: FileEntry) => void;
  readonly onReplace: (uploads: readonly Incoming[]) => void;
  readonly onClose: () => void;
}

export function Question({ asked, path, taken, onClose, ...on }: QuestionProps) {
  const free = (name: string) => nameProblem(name, taken);
  switch (asked.what) {
    case "directory":
      return (
        <AskText title="New directory" label="Name" verb="Make" problem={free} onAnswer={on.onMake} onClose={onClose} />
      );
    case "file":
      return (
        <AskText title="New file" label="Name" verb="Write it" problem={free} onAnswer={on.onWrite} onClose={onClose} />
      );
    case "rename": {
      const { entry } = asked;
      return (
        <AskText
          title={`Rename ${entry.name}`}
          label="New name"
          verb="Rename"
          initial={entry.name}
          problem={(name) => (name === entry.name ? undefined : free(name))}
          onAnswer={(to) => on.onRename(entry, to)}
          onClose={onClose}
        />
      );
    }
    case "delete":
      return (
        <Confirm
          title={`Delete ${asked.entry.name}?`}
          verb="Delete"
          onConfirm={() => on.onRemove(asked.entry)}
          onClose={onClose}
        >
          {asked.entry.type === "directory" ? "All that is in it is gone then." : "It is gone then."}
        </Confirm>
      );
    case "replace": {
      const there = [...new Set(asked.uploads.map(topOf))].filter((name) => taken.has(name));
      return (
        <Confirm
          title="Replace what is there?"
          verb="Replace"
          onConfirm={() => on.onReplace(asked.uploads)}
          onClose={onClose}
        >
          {`${path} has ${there.join(", ")} already; what files of the same name hold is gone then.`}
        </Confirm>
      );
    }
  }
}
